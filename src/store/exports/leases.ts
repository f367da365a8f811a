import { addExportJob } from "../../queue/enqueue.ts";
import type { Store } from "../connect.ts";
import type { EndedLeases } from "../leases.ts";
import { guarded, transact } from "../transaction.ts";

const batch = 500;

/**
 * Ends the leases on exports and their parts of workers that are no more, and adds their drives: what they had under
 * way resumes at once. Waits for nobody: one row that another holds does not keep the rest.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function endExportLeases(
  store: Store,
  workerIds: readonly string[],
): Promise<EndedLeases> {
  for (let woken = 0; ; ) {
    const some = await endSome(store, workerIds);
    woken += some.woken;
    const isDone = some.ended === some.found;
    if (some.found < batch || !isDone) return { woken, isDone };
  }
}

interface Ended {
  readonly found: number;
  readonly ended: number;
  readonly woken: number;
}

async function endSome(store: Store, workerIds: readonly string[]): Promise<Ended> {
  return await transact(store, async (sql) => {
    const gone = workerIds as string[];
    const [row] = await sql<Ended[]>`
      with left_behind as materialized (
        (select export_id as id from export_parts where leased_by = any(${gone}) limit ${batch})
        union (select id from exports where leased_by = any(${gone}) limit ${batch})
        limit ${batch}
      ), locked as materialized (
        select id from exports where id = any(array(select id from left_behind))
         order by id for update skip locked
      ), freed as (
        update export_parts p set leased_by = null,
                                  leased_until = least(leased_until, clock_timestamp() - interval '1 ms')
          from locked
         where p.export_id = locked.id and leased_by = any(${gone})
      ), woken as (
        update exports e set wake_at = clock_timestamp(), losses = least(losses + 1, 1000),
               leased_by = case when leased_by = any(${gone}) then null else leased_by end,
               leased_until = case when leased_by = any(${gone})
                                   then least(leased_until, clock_timestamp() - interval '1 ms') else leased_until end
          from locked
         where e.id = locked.id returning e.id, e.closed_at
      )
      select (select count(*) from left_behind)::int as found, (select count(*) from locked)::int as ended,
             (select count(${addExportJob(sql, sql`id::text`, sql`clock_timestamp()`)}) from woken
               where closed_at is null)::int as woken`;
    return row ?? { found: 0, ended: 0, woken: 0 };
  });
}

/**
 * Says that a claimed step goes on.
 *
 * @returns whether it is still ours; if not, whoever is at it had better stop.
 * @throws TakeoutError `unavailable`.
 */
export async function renewStep(
  store: Store,
  claim: { readonly exportId: string; readonly attempt: number },
  leaseMs: number,
): Promise<boolean> {
  const renewed = await guarded(store.sql`
    update exports set leased_until = clock_timestamp() + ${leaseMs} * interval '1 ms',
                       wake_at = clock_timestamp() + ${leaseMs} * interval '1 ms'
     where id = ${claim.exportId} and attempt = ${claim.attempt} and closed_at is null and leased_until is not null`);
  return renewed.count === 1;
}
