import { addDriveJob } from "../queue/enqueue.ts";
import type { Transaction } from "./connect.ts";
import type { LockedDeletion } from "./deletion.ts";

/**
 * Wakes the user's later deletions, which may wait for what has just closed. Rows are locked in order of
 * acceptance, and a transaction that holds one locks only later ones: no cycle.
 */
export async function wakeLaterDeletions(
  sql: Transaction,
  deletion: LockedDeletion,
): Promise<void> {
  const later = await sql<{ id: string }[]>`
    select id from deletions
     where subject = ${deletion.subject} and closed_at is null
       and seq > (select seq from deletions where id = ${deletion.id})
     order by seq limit 1000 for update`;
  for (const { id } of later) await wakeDeletion(sql, id);
}

/** Asks for a drive now: the wake-up time and the job are always written together. */
async function wakeDeletion(sql: Transaction, id: string): Promise<void> {
  await sql`
    with woken as (
      update deletions set wake_at = least(wake_at, clock_timestamp())
       where id = ${id} and closed_at is null returning id)
    select ${addDriveJob(sql, sql`id::text`, sql`clock_timestamp()`)} from woken`;
}
