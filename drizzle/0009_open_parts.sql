CREATE INDEX "parts_open_service" ON "parts" USING btree ("service") WHERE state in ('waiting', 'due', 'calling', 'accepted');--> statement-breakpoint
DROP INDEX "parts_open";