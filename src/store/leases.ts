import { TakeoutError } from "../domain/errors.ts";
import { addDriveJob } from "../queue/enqueue.ts";
import type { Store, Transaction } from "./connect.ts";
import { guarded, transact } from "./transaction.ts";

const batch = 500;
/** Rows that others hold are waited for so long, a few at once. */
const waitMs = 1_000;
const waitsAtOnce = 4;
const mostWaits = 20;

export interface EndedLeases {
  /** Deletions whose drives were added. */
  readonly woken: number;
  /** Whether nothing of these workers is left; if not, somebody held a row, and it is to be done again. */
  readonly isDone: boolean;
}

/**
 * Ends the leases of workers that are no more, and adds the drives of their deletions: what they had under
 * way resumes at once instead of when the leases run out. One that has just run out counts too: a drive that
 * came a moment before it found it held, and left without coming back. One row that another holds does not
 * keep the rest; it is waited for after them, since reports that queue for it leave no gap to slip through.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function endLeases(store: Store, workerIds: readonly string[]): Promise<EndedLeases> {
  let woken = 0;
  for (;;) {
    const some = await transact(store, (sql) => endSomeLeases(sql, workerIds));
    woken += some.woken;
    if (some.found < batch || some.ended === 0) break;
  }
  const held = await listHeld(store, workerIds);
  const ended = await Promise.all(
    Array.from({ length: waitsAtOnce }, (_, at) =>
      endInTurn(
        store,
        workerIds,
        held.filter((_id, index) => index % waitsAtOnce === at),
      ),
    ),
  );
  const results = ended.flat();
  for (const result of results) woken += result?.woken ?? 0;
  return { woken, isDone: results.every((result) => result !== null) };
}

async function listHeld({ sql }: Store, workerIds: readonly string[]): Promise<string[]> {
  const rows = await guarded(sql<{ id: string }[]>`
    select distinct deletion_id as id from parts
     where leased_by = any(${workerIds as string[]}) limit ${mostWaits}`);
  return rows.map(({ id }) => id);
}

/** @returns what came of each; `null`: whoever held it still does. */
async function endInTurn(
  store: Store,
  workerIds: readonly string[],
  ids: readonly string[],
): Promise<(SomeLeases | null)[]> {
  const ended: (SomeLeases | null)[] = [];
  for (const id of ids) {
    const waiting = transact(
      store,
      async (sql) => {
        await sql`select from deletions where id = ${id} for update`;
        return await endSomeLeases(sql, workerIds, id);
      },
      waitMs,
    );
    ended.push(await waiting.catch(orHeld));
  }
  return ended;
}

function orHeld(error: unknown): null {
  if (error instanceof TakeoutError && error.code === "unavailable") return null;
  throw error;
}

interface SomeLeases {
  readonly found: number;
  readonly ended: number;
  readonly woken: number;
}

/** @param only - one deletion; by default as many as go into a batch and nobody holds. */
async function endSomeLeases(
  sql: Transaction,
  workerIds: readonly string[],
  only: string | null = null,
): Promise<SomeLeases> {
  const [row] = await sql<SomeLeases[]>`
    with left_behind as materialized (
      select distinct deletion_id from parts
       where leased_by = any(${workerIds as string[]}) and (${only}::uuid is null or deletion_id = ${only}::uuid)
       limit ${batch}
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
}
