import { unpark } from "../store/parking.ts";
import type { FlowContext } from "./context.ts";
import { driveDeletion } from "./drive-deletion.ts";

/** Drives that one run starts; whoever asks gives others their turn in between. */
const mostAtOnce = 4;

/**
 * Lets as many of a service's line go on as there is room for, but few at once, and drives them here: no way
 * through the queue, and nobody is let go on for whom there would be no room. Returns when their calls are
 * claimed.
 *
 * @returns `more`: there is room for more; `busy`: others are at those who stand first; `done`: neither.
 * @throws TakeoutError `unavailable`.
 */
export async function resumeParked(
  context: FlowContext,
  { service }: { readonly service: string },
): Promise<"more" | "busy" | "done"> {
  const { gates } = context;
  const count = Math.min(gates.spare(service), mostAtOnce);
  if (count === 0 || context.drives.isDraining()) return "done";
  const slots = Array.from({ length: count }, () => gates.take(service));
  try {
    const along = gates.listWithRoom();
    const { deletionIds, isLineEmpty } = await unpark(context.store, service, count, along);
    if (isLineEmpty) gates.noteBacklog(service, false);
    const begun = deletionIds.map(async (deletionId) => {
      const slot = slots.pop();
      if (slot) await beginDrive(context, deletionId, new Map([[service, slot]]));
    });
    await Promise.all(begun);
    if (isLineEmpty) return "done";
    if (slots.length > 0) return "busy";
    return gates.spare(service) > 0 ? "more" : "done";
  } finally {
    for (const slot of slots) slot.release();
  }
}

/** Resolves when its first step is done. Its failures are logged, and the sweep finds what it leaves. */
async function beginDrive(
  context: FlowContext,
  deletionId: string,
  slots: Parameters<typeof driveDeletion>[1]["slots"] & {},
): Promise<void> {
  const begun = Promise.withResolvers<void>();
  driveDeletion(context, { deletionId, slots, onBegun: begun.resolve })
    .catch(() => {})
    .finally(begun.resolve);
  await begun.promise;
}
