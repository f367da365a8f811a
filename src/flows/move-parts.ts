import { advance } from "../domain/advance.ts";
import type { PartChange } from "../domain/part.ts";
import type { Transaction } from "../store/connect.ts";
import type { LockedDeletion } from "../store/deletion.ts";
import { wakeLaterDeletions } from "../store/wake-deletions.ts";
import { type DeletionWrite, writeDeletion } from "../store/write-deletions.ts";
import type { FlowContext } from "./context.ts";

/**
 * What is to be written when this happens to parts of a locked deletion, with all that follows from it. Nothing
 * is called: the queue's job does what is due.
 */
export function planParts(
  context: FlowContext,
  deletion: LockedDeletion,
  changes: readonly PartChange[],
): DeletionWrite {
  const next = advance(deletion, changes, {
    registry: context.registry,
    now: deletion.now,
    deadlineMs: context.rules.deadlineMs,
    access: null,
    isDrive: false,
  });
  return { ...next, leasedBy: null };
}

/** Writes that, and wakes who waited for it. */
export async function moveParts(
  context: FlowContext,
  tx: Transaction,
  deletion: LockedDeletion,
  changes: readonly PartChange[],
): Promise<void> {
  const write = planParts(context, deletion, changes);
  await writeDeletion(tx, deletion, write);
  if (write.wakesLater) await wakeLaterDeletions(tx, deletion);
}

/** How long a deletion took in ms when this closes it, else `null`. */
export function closedAfterMs(
  { acceptedAt, closedAt, now }: LockedDeletion,
  { closing }: Pick<DeletionWrite, "closing">,
): number | null {
  return closing !== null && closedAt === null ? now - acceptedAt : null;
}
