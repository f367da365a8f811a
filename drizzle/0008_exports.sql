CREATE TABLE "export_archives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"export_id" uuid NOT NULL,
	"blob_key" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"remove_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "export_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "export_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"export_id" uuid NOT NULL,
	"service" text,
	"attempt" integer NOT NULL,
	"event" text NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"source" text NOT NULL,
	"error_code" text
);
--> statement-breakpoint
CREATE TABLE "export_files" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "export_files_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"export_id" uuid NOT NULL,
	"service" text NOT NULL,
	"name_hash" uuid NOT NULL,
	"sealed_name" "bytea" NOT NULL,
	"blob_key" text NOT NULL,
	"blob_from" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"crc32" bigint NOT NULL,
	"produced_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"delivered_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"subject" uuid NOT NULL,
	"portal" text NOT NULL,
	"delivery" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL,
	"gathered_at" timestamp with time zone,
	"step" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"leased_until" timestamp with time zone,
	"leased_by" text,
	"error_code" text,
	"wake_at" timestamp with time zone,
	"losses" smallint DEFAULT 0 NOT NULL,
	"closed_at" timestamp with time zone,
	"state" text,
	"archive_id" uuid,
	"expires_at" timestamp with time zone,
	"is_expired" boolean DEFAULT false NOT NULL,
	"sealed" "bytea",
	"wrapped" "bytea",
	"seal_key_id" text,
	"sealed_until" timestamp with time zone,
	"purge_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "export_parts" (
	"export_id" uuid NOT NULL,
	"service" text NOT NULL,
	"state" text NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"asks" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"leased_until" timestamp with time zone,
	"leased_by" text,
	"parked_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"error_code" text,
	"uploaded_at" timestamp with time zone,
	"files" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "export_parts_export_id_service_pk" PRIMARY KEY("export_id","service")
);
--> statement-breakpoint
CREATE TABLE "export_requests" (
	"subject" uuid NOT NULL,
	"request_key" uuid NOT NULL,
	"export_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "export_requests_subject_request_key_pk" PRIMARY KEY("subject","request_key")
);
--> statement-breakpoint
CREATE TABLE "export_subjects" (
	"subject" uuid NOT NULL,
	"export_id" uuid NOT NULL,
	"is_owner" boolean NOT NULL,
	CONSTRAINT "export_subjects_subject_export_id_pk" PRIMARY KEY("subject","export_id")
);
--> statement-breakpoint
CREATE INDEX "export_archives_export" ON "export_archives" USING btree ("export_id");--> statement-breakpoint
CREATE INDEX "export_archives_blob" ON "export_archives" USING btree ("blob_key");--> statement-breakpoint
CREATE INDEX "export_archives_remove_at" ON "export_archives" USING btree ("remove_at") WHERE remove_at is not null;--> statement-breakpoint
CREATE INDEX "export_events_export" ON "export_events" USING btree ("export_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "export_files_name" ON "export_files" USING btree ("export_id","service","name_hash");--> statement-breakpoint
CREATE INDEX "export_files_order" ON "export_files" USING btree ("export_id","service","seq");--> statement-breakpoint
CREATE INDEX "export_files_blob" ON "export_files" USING btree ("blob_key");--> statement-breakpoint
CREATE UNIQUE INDEX "exports_one_open" ON "exports" USING btree ("subject") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "exports_open_wake_at" ON "exports" USING btree ("wake_at") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "exports_leased" ON "exports" USING btree ("leased_by") WHERE leased_by is not null;--> statement-breakpoint
CREATE INDEX "exports_expires_at" ON "exports" USING btree ("expires_at") WHERE archive_id is not null;--> statement-breakpoint
CREATE INDEX "exports_sealed_until" ON "exports" USING btree ("sealed_until") WHERE sealed_until is not null;--> statement-breakpoint
CREATE INDEX "exports_purge_at" ON "exports" USING btree ("purge_at") WHERE purge_at is not null;--> statement-breakpoint
CREATE INDEX "exports_spent" ON "exports" USING btree ("closed_at","id") WHERE wrapped is null and archive_id is null;--> statement-breakpoint
CREATE INDEX "exports_seal_key" ON "exports" USING btree ("seal_key_id","id") WHERE seal_key_id is not null;--> statement-breakpoint
CREATE INDEX "export_parts_leased" ON "export_parts" USING btree ("leased_by") WHERE leased_by is not null;--> statement-breakpoint
CREATE INDEX "export_parts_parked" ON "export_parts" USING btree ("service","parked_at") WHERE parked_at is not null;--> statement-breakpoint
CREATE INDEX "export_requests_key" ON "export_requests" USING btree ("request_key");--> statement-breakpoint
CREATE INDEX "export_requests_created_at" ON "export_requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "export_subjects_export" ON "export_subjects" USING btree ("export_id");