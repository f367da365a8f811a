import type { Store } from "./connect.ts";
import { sql } from "./drizzle.ts";
import { isMigrated } from "./migrate.ts";
import { guarded } from "./transaction.ts";

const readinessDeadlineMs = 1_000;

/** Whether the ledger answers, takes what is written, and has been brought to this version's shape. */
export async function isDatabaseThere(store: Store): Promise<boolean> {
  const both = Promise.all([isMigrated(store), isWritable(store)]);
  return await succeeds(both.then((answers) => answers.every(Boolean)));
}

/** A standby, or a server whose disk was found full, answers and takes nothing. */
async function isWritable({ sql }: Store): Promise<boolean> {
  const [row] = await sql<{ is_writable: boolean }[]>`
    select current_setting('transaction_read_only') = 'off' as is_writable`;
  return row?.is_writable === true;
}

/** Whether jobs can be added. */
export async function isQueueThere(store: Store): Promise<boolean> {
  return await succeeds(store.db.execute(sql`select 1 from graphile_worker.jobs limit 1`));
}

async function succeeds(statement: PromiseLike<unknown>): Promise<boolean> {
  try {
    return (await guarded(statement, readinessDeadlineMs)) !== false;
  } catch {
    return false;
  }
}
