import { addDriveJob } from "../queue/enqueue.ts";
import type { Store } from "./connect.ts";
import { guarded, transact } from "./transaction.ts";

const sweepLock = 7463;
// Here moments are compared with statement_timestamp(): an index is not searched for clock_timestamp(), which
// may change from row to row. And rows are found by an array of ids: a join may read the whole table.

/** How long a wake-up may be overdue before the queue is not waited for any more, in ms. */
const sweepGraceMs = 10_000;

/**
 * Re-adds the drive of every open deletion that should have woken and did not, whatever the reason: a lost
 * job, a worker that died, a far-off moment that cost no job. Where a call is under way its drive comes again by itself,
 * but what is due beside it does not wait for that: a call may last an hour. One process at a time; at most 500 a run.
 *
 * @returns how many were woken; `null` when another process is at it.
 */
export async function sweepDeletions(store: Store): Promise<number | null> {
  return await transact(store, async (sql) => {
    const [lock] = await sql<{ is_held: boolean }[]>`
      select pg_try_advisory_xact_lock(${sweepLock}::bigint) as is_held`;
    if (!lock?.is_held) return null;
    const [row] = await sql<{ woken: number }[]>`
      with overdue as (
        select id from deletions d
         where closed_at is null and wake_at < statement_timestamp() - ${sweepGraceMs} * interval '1 ms'
           and (select not coalesce(bool_or(p.leased_until > clock_timestamp()), false)
                       or bool_or(p.closed_at is null and p.state <> 'waiting' and p.parked_at is null
                                  and greatest(p.due_at, p.leased_until) < statement_timestamp() - ${sweepGraceMs} * interval '1 ms')
                  from parts p where p.deletion_id = d.id)
         order by wake_at limit 500 for update skip locked
      ), woken as (
        update deletions set wake_at = clock_timestamp()
         where id = any(array(select id from overdue)) returning id
      )
      select count(${addDriveJob(sql, sql`id::text`, sql`clock_timestamp()`, "preserve_run_at")})::int as woken
        from woken`;
    return row?.woken ?? 0;
  });
}

/** What is to be tried again is looked at each hour; so long ahead its moment counts as come. */
const retryAhead = "2 hours";

/**
 * Destroys the identity snapshots that outlived their deletion and are not needed any more (contract 9). One whose
 * time has come because a service kept something until now is left for the deletion that takes it over.
 */
export async function destroySnapshots(store: Store): Promise<void> {
  await guarded(store.sql`
    update deletions set sealed = null, wrapped = null, seal_key_id = null, sealed_until = null
     where id = any(array(select id from deletions d where sealed_until < statement_timestamp()
                             and (select true from parts p
                                   where p.deletion_id = d.id
                                     and p.retry_at < statement_timestamp() + ${retryAhead}::interval limit 1) is null
                           order by sealed_until limit 500 for update skip locked))`);
}
