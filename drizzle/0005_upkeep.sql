CREATE INDEX "deletion_aliases_deletion" ON "deletion_aliases" USING btree ("deletion_id");--> statement-breakpoint
CREATE INDEX "deletions_spent" ON "deletions" USING btree ("closed_at","id") WHERE closed_at is not null and sealed is null;--> statement-breakpoint
CREATE INDEX "own_states_deleted_at" ON "own_states" USING btree ("deleted_at");