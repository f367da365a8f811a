CREATE TABLE "hub_workers" (
	"worker_id" text PRIMARY KEY NOT NULL,
	"pool_ids" text[] NOT NULL,
	"lock_key" integer GENERATED ALWAYS AS IDENTITY (sequence name "hub_workers_lock_key_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"beat_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "parts_leased" ON "parts" USING btree ("leased_by") WHERE leased_by is not null;