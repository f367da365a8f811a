import type { Sql } from "../database.ts";

const mostAtOnce = 1_000;
const keepRequestsFor = "30 days";

/**
 * Deletes hidden data whose date has come, and requests that were completed long ago: a list of who
 * wanted to be forgotten must not itself be kept for ever.
 * @returns how many tasks have lost their author for good.
 */
export async function purgeAll(sql: Sql, signal: AbortSignal): Promise<number> {
  let purged = 0;
  for (let last = mostAtOnce; last === mostAtOnce && !signal.aborted; ) {
    const gone = await sql`
      delete from gdpr.hidden_data where task_id in (
        select task_id from gdpr.hidden_data where hidden_until <= clock_timestamp()
         order by hidden_until limit ${mostAtOnce} for update skip locked)`;
    last = gone.count;
    purged += last;
  }
  await sql`
    delete from gdpr.takeout where (uid, requested_at) in (
      select uid, requested_at from gdpr.takeout
       where completed_at < clock_timestamp() - ${keepRequestsFor}::interval and not exists (
         select from gdpr.deletion as called
          where called.requested_at = takeout.requested_at and takeout.uid = any(uids)
            and due_at is not null)
       order by completed_at limit ${mostAtOnce})`;
  await sql`
    delete from gdpr.deletion where deletion_id in (
      select deletion_id from gdpr.deletion as known
       where due_at is null and not exists (
         select from gdpr.takeout
          where uid = any(known.uids) and takeout.requested_at = known.requested_at)
       limit ${mostAtOnce})`;
  return purged;
}
