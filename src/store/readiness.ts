import type { Store } from "./connect.ts";
import { sql } from "./drizzle.ts";
import { isMigrated } from "./migrate.ts";
import { guarded } from "./transaction.ts";

const readinessDeadlineMs = 1_000;

/** Whether the ledger answers, and has been brought to this version's shape. */
export async function isDatabaseThere(store: Store): Promise<boolean> {
  return await succeeds(isMigrated(store));
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
