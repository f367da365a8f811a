ALTER TABLE "events" ADD COLUMN "kid" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "body_hash" uuid;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "completed_at" timestamp with time zone;