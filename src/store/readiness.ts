import { sql } from "drizzle-orm";
import type { Store } from "./connect.ts";
import { requests } from "./schema.ts";
import { guarded } from "./transaction.ts";

const readinessDeadlineMs = 1_000;

/** Whether the ledger answers, and has been migrated. */
export async function isDatabaseThere(store: Store): Promise<boolean> {
  const probe = store.db.select({ one: sql`1` }).from(requests).limit(1);
  return await succeeds(probe);
}

/** Whether jobs can be added. */
export async function isQueueThere(store: Store): Promise<boolean> {
  return await succeeds(store.db.execute(sql`select 1 from graphile_worker.jobs limit 1`));
}

async function succeeds(statement: PromiseLike<unknown>): Promise<boolean> {
  try {
    await guarded(statement, readinessDeadlineMs);
    return true;
  } catch {
    return false;
  }
}
