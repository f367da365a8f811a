CREATE TABLE "part_counts" (
	"service" text NOT NULL,
	"category_id" text NOT NULL,
	"state" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "part_counts_service_category_id_state_pk" PRIMARY KEY("service","category_id","state")
);
--> statement-breakpoint
CREATE TABLE "part_watch" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"counted_seq" bigint DEFAULT 0 NOT NULL,
	"ahead_seq" bigint DEFAULT 0 NOT NULL,
	"ahead_xmax" bigint DEFAULT 0 NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"recounted_at" timestamp with time zone,
	"watched_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "service_closings" (
	"service" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "service_closings_service_hour_pk" PRIMARY KEY("service","hour")
);
--> statement-breakpoint
CREATE TABLE "stuck_notices" (
	"deletion_id" uuid NOT NULL,
	"category_id" text NOT NULL,
	"service" text NOT NULL,
	"threshold" text NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "stuck_notices_deletion_id_category_id_service_threshold_pk" PRIMARY KEY("deletion_id","category_id","service","threshold")
);
