CREATE TABLE "service_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "service_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"service" text NOT NULL,
	"event" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_states" (
	"service" text PRIMARY KEY NOT NULL,
	"breaker" text DEFAULT 'closed' NOT NULL,
	"since" timestamp with time zone,
	"probe_at" timestamp with time zone,
	"paused_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "parts" ADD COLUMN "parked_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "service_events_service" ON "service_events" USING btree ("service","seq");--> statement-breakpoint
CREATE INDEX "parts_parked" ON "parts" USING btree ("service","parked_at") WHERE parked_at is not null;--> statement-breakpoint
CREATE INDEX "parts_backoff" ON "parts" USING btree ("service","due_at") WHERE failures > 0 and state = 'due';