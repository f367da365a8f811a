import type { Sql } from "../../src/store/connect.ts";

/** All reports that are kept, as a table: those that moved a part stand with that event, the others by themselves. */
export function keptReports(sql: Sql) {
  return sql`(
    select subject, category_id, service, body_hash, deletion_id, state, attempt, effect, kid, times, received_at
      from reports
    union all
    select d.subject, e.category_id, e.service, e.body_hash, e.deletion_id,
           case e.event when 'reported_deleted' then 'deleted' else 'delete_failed' end, e.attempt, 'moves', e.kid, 1, e.at
      from events e join deletions d on d.id = e.deletion_id where e.body_hash is not null
  ) as kept`;
}
