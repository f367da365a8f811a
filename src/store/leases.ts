import { addDriveJob } from "../queue/enqueue.ts";
import type { Store } from "./connect.ts";
import { transact } from "./transaction.ts";

const batch = 500;

export interface EndedLeases {
  /** Deletions whose drives were added. */
  readonly woken: number;
  /** Whether nothing of these workers is left; if not, somebody held a row, and it is to be done again. */
  readonly isDone: boolean;
}

/**
 * Ends the leases of workers that are no more, and adds the drives of their deletions: what they had under
 * way resumes at once instead of when the leases run out. One that has just run out counts too: a drive that
 * came a moment before it found it held, and left without coming back. Waits for nobody: one row that
 * another holds does not keep the rest.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function endLeases(store: Store, workerIds: readonly string[]): Promise<EndedLeases> {
  for (let woken = 0; ; ) {
    const some = await endSomeLeases(store, workerIds);
    woken += some.woken;
    const isDone = some.ended === some.found;
    if (some.found < batch || !isDone) return { woken, isDone };
  }
}

interface SomeLeases {
  readonly found: number;
  readonly ended: number;
  readonly woken: number;
}

async function endSomeLeases(store: Store, workerIds: readonly string[]): Promise<SomeLeases> {
  return await transact(store, async (sql) => {
    const [row] = await sql<SomeLeases[]>`
      with left_behind as materialized (
        select distinct deletion_id from parts
         where leased_by = any(${workerIds as string[]}) limit ${batch}
      ), locked as materialized (
        select id from deletions where id = any(array(select deletion_id from left_behind))
         order by seq for update skip locked
      ), freed as (
        update parts set leased_by = null,
                         leased_until = least(leased_until, clock_timestamp() - interval '1 ms')
          from locked
         where parts.deletion_id = locked.id and leased_by = any(${workerIds as string[]})
      ), woken as (
        update deletions set wake_at = clock_timestamp(), losses = least(losses + 1, 1000) from locked
         where deletions.id = locked.id and closed_at is null returning deletions.id
      )
      select (select count(*) from left_behind)::int as found, (select count(*) from locked)::int as ended,
             (select count(${addDriveJob(sql, sql`id::text`, sql`clock_timestamp()`)}) from woken)::int as woken`;
    return row ?? { found: 0, ended: 0, woken: 0 };
  });
}
