import { advance } from "../domain/advance.ts";
import type { PartChange } from "../domain/part.ts";
import type { Transaction } from "../store/connect.ts";
import { type LockedDeletion, wakeLaterDeletions, writeDeletion } from "../store/deletion.ts";
import type { FlowContext } from "./context.ts";

/**
 * Writes what happened to parts of a locked deletion, with all that follows from it, and wakes who waited for it.
 * Nothing is called: the queue's job does what is due.
 *
 * @returns how long the deletion took in ms when this closed it, else `null`.
 */
export async function moveParts(
  context: FlowContext,
  tx: Transaction,
  deletion: LockedDeletion,
  changes: readonly PartChange[],
): Promise<number | null> {
  const next = advance(deletion, changes, {
    registry: context.registry,
    now: deletion.now,
    deadlineMs: context.rules.deadlineMs,
    access: null,
  });
  await writeDeletion(tx, deletion, { ...next, leasedBy: null });
  if (next.wakesLater) await wakeLaterDeletions(tx, deletion);
  const isFirstClosing = next.closing !== null && deletion.closedAt === null;
  return isFirstClosing ? deletion.now - deletion.acceptedAt : null;
}
