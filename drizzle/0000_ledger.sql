CREATE TABLE "deletion_aliases" (
	"subject" uuid NOT NULL,
	"deletion_id" uuid NOT NULL,
	CONSTRAINT "deletion_aliases_subject_deletion_id_pk" PRIMARY KEY("subject","deletion_id")
);
--> statement-breakpoint
CREATE TABLE "deletion_categories" (
	"deletion_id" uuid NOT NULL,
	"category_id" text NOT NULL,
	"subject" uuid NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "deletion_categories_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"is_joined" boolean DEFAULT false NOT NULL,
	"closed_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "deletion_categories_deletion_id_category_id_pk" PRIMARY KEY("deletion_id","category_id")
);
--> statement-breakpoint
CREATE TABLE "deletions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "deletions_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"subject" uuid NOT NULL,
	"origin" text NOT NULL,
	"accepted_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"wake_at" timestamp with time zone,
	"sealed" "bytea",
	"wrapped" "bytea",
	"seal_key_id" text,
	"sealed_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"deletion_id" uuid NOT NULL,
	"category_id" text NOT NULL,
	"service" text NOT NULL,
	"attempt" integer NOT NULL,
	"event" text NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"source" text NOT NULL,
	"error_code" text
);
--> statement-breakpoint
CREATE TABLE "hub_workers" (
	"worker_id" text PRIMARY KEY NOT NULL,
	"pool_ids" text[] NOT NULL,
	"lock_key" integer GENERATED ALWAYS AS IDENTITY (sequence name "hub_workers_lock_key_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"beat_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "own_states" (
	"subject" uuid NOT NULL,
	"category_id" text NOT NULL,
	"service" text NOT NULL,
	"deleted_at" timestamp with time zone NOT NULL,
	CONSTRAINT "own_states_subject_category_id_service_pk" PRIMARY KEY("subject","category_id","service")
);
--> statement-breakpoint
CREATE TABLE "parts" (
	"deletion_id" uuid NOT NULL,
	"category_id" text NOT NULL,
	"service" text NOT NULL,
	"subject" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"state" text NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"asks" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"leased_until" timestamp with time zone,
	"leased_by" text,
	"closed_at" timestamp with time zone,
	"outcome" text,
	"retained_until" timestamp with time zone,
	"reason" text,
	"error_code" text,
	CONSTRAINT "parts_deletion_id_category_id_service_pk" PRIMARY KEY("deletion_id","category_id","service")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"subject" uuid NOT NULL,
	"category_id" text NOT NULL,
	"service" text NOT NULL,
	"body_hash" uuid NOT NULL,
	"deletion_id" uuid,
	"state" text NOT NULL,
	"attempt" integer,
	"outcome" text,
	"error_code" text,
	"completed_at" timestamp with time zone,
	"effect" text NOT NULL,
	"kid" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_received_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"times" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"subject" uuid NOT NULL,
	"request_key" uuid NOT NULL,
	"category_ids" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "requests_subject_request_key_pk" PRIMARY KEY("subject","request_key")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "deletion_categories_one_open" ON "deletion_categories" USING btree ("subject","category_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "deletion_categories_history" ON "deletion_categories" USING btree ("subject","category_id","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deletions_open_wake_at" ON "deletions" USING btree ("wake_at") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "deletions_open_subject" ON "deletions" USING btree ("subject","seq") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "deletions_sealed_until" ON "deletions" USING btree ("sealed_until") WHERE sealed_until is not null;--> statement-breakpoint
CREATE INDEX "events_deletion" ON "events" USING btree ("deletion_id","seq");--> statement-breakpoint
CREATE INDEX "parts_history" ON "parts" USING btree ("subject","category_id","service","seq" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "parts_leased" ON "parts" USING btree ("leased_by") WHERE leased_by is not null;--> statement-breakpoint
CREATE INDEX "parts_open" ON "parts" USING btree ("subject","service") WHERE state in ('waiting', 'due', 'calling', 'accepted');--> statement-breakpoint
CREATE UNIQUE INDEX "reports_once" ON "reports" USING btree ("subject","category_id","service","body_hash");--> statement-breakpoint
CREATE INDEX "reports_last_received_at" ON "reports" USING btree ("last_received_at");--> statement-breakpoint
CREATE INDEX "requests_created_at" ON "requests" USING btree ("created_at");