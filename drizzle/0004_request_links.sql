ALTER TABLE "request_deletions" DROP CONSTRAINT "request_deletions_request_key_subject_deletion_id_pk";--> statement-breakpoint
ALTER TABLE "request_deletions" ADD CONSTRAINT "request_deletions_request_key_deletion_id_pk" PRIMARY KEY("request_key","deletion_id");--> statement-breakpoint
ALTER TABLE "request_deletions" DROP COLUMN "subject";--> statement-breakpoint
ALTER TABLE "request_deletions" ADD COLUMN "created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL;--> statement-breakpoint
CREATE INDEX "request_deletions_created_at" ON "request_deletions" USING brin ("created_at");