import { addDriveJob } from "../queue/enqueue.ts";
import type { Store } from "./connect.ts";
import { transact } from "./transaction.ts";

const batch = 500;

/**
 * Ends the leases of workers that are no more, and adds the drives of their deletions: what they had under
 * way resumes at once instead of when the leases run out. One that has just run out counts too: a drive that
 * came a moment before it found it held, and left without coming back.
 *
 * @returns how many deletions were woken.
 * @throws TakeoutError `unavailable`.
 */
export async function endLeases(store: Store, workerIds: readonly string[]): Promise<number> {
  for (let woken = 0; ; ) {
    const count = await endSomeLeases(store, workerIds);
    woken += count;
    if (count < batch) return woken;
  }
}

async function endSomeLeases(store: Store, workerIds: readonly string[]): Promise<number> {
  return await transact(store, async (sql) => {
    const [row] = await sql<{ woken: number }[]>`
      with locked as (
        select id from deletions
         where id in (select distinct deletion_id from parts
                       where leased_by = any(${workerIds as string[]}) limit ${batch})
         order by seq for update
      ), freed as (
        update parts set leased_by = null,
                         leased_until = least(leased_until, clock_timestamp() - interval '1 ms')
          from locked
         where parts.deletion_id = locked.id and leased_by = any(${workerIds as string[]})
      ), woken as (
        update deletions set wake_at = clock_timestamp(), losses = least(losses + 1, 1000) from locked
         where deletions.id = locked.id and closed_at is null returning deletions.id
      )
      select count(${addDriveJob(sql, sql`id::text`, sql`clock_timestamp()`)})::int as woken from woken`;
    return row?.woken ?? 0;
  });
}
