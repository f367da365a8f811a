CREATE TABLE "audit_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"client" text NOT NULL,
	"login" text NOT NULL,
	"act" text NOT NULL,
	"target" text,
	"reason" text,
	"result" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"subject" uuid NOT NULL,
	"category_ids" text[],
	"reason" text NOT NULL,
	"client" text NOT NULL,
	"login" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" uuid PRIMARY KEY NOT NULL,
	"request_hash" uuid NOT NULL,
	"answer" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "request_deletions" (
	"request_key" uuid NOT NULL,
	"subject" uuid NOT NULL,
	"deletion_id" uuid NOT NULL,
	CONSTRAINT "request_deletions_request_key_subject_deletion_id_pk" PRIMARY KEY("request_key","subject","deletion_id")
);
--> statement-breakpoint
CREATE TABLE "resolve_proposals" (
	"deletion_id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"service" text,
	"reason" text NOT NULL,
	"client" text NOT NULL,
	"login" text NOT NULL,
	"proposed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_checks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"service" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"reported_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "deletions" ADD COLUMN "fence_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deletions" ADD COLUMN "retry_of" uuid;--> statement-breakpoint
ALTER TABLE "deletions" ADD COLUMN "closed_as" text;--> statement-breakpoint
ALTER TABLE "parts" ADD COLUMN "retry_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "audit_events_at" ON "audit_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "holds_subject" ON "holds" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "deletions_open_id" ON "deletions" USING btree ("id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "deletions_closed_as" ON "deletions" USING btree ("closed_as","id") WHERE closed_as is not null;--> statement-breakpoint
CREATE INDEX "parts_retry_at" ON "parts" USING btree ("retry_at") WHERE retry_at is not null;