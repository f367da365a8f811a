import { setTimeout } from "node:timers/promises";
import { unpark } from "../store/parking.ts";
import type { FlowContext } from "./context.ts";
import { driveDeletion } from "./drive-deletion.ts";

/** Drives that are started at once; more follow as these end. */
const mostAtOnce = 100;
/** Before the line is looked at again when others were at those who stand first in it. */
const collisionPauseMs = 50;

/**
 * Lets as many of a service's line go on as there is room for, and drives them here: no way through the
 * queue, and nobody is let go on for whom there would be no room.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function resumeParked(
  context: FlowContext,
  { service }: { readonly service: string },
): Promise<void> {
  const count = Math.min(context.gates.spare(service), mostAtOnce);
  if (count === 0 || context.drives.isDraining()) return;
  const slots = Array.from({ length: count }, () => context.gates.take(service));
  try {
    const { deletionIds, isLineEmpty } = await unpark(context.store, service, count);
    if (isLineEmpty) context.gates.noteBacklog(service, false);
    for (const deletionId of deletionIds) {
      const slot = slots.pop();
      if (!slot) break;
      // Its failures are logged, and the sweep finds what it leaves.
      driveDeletion(context, { deletionId, slots: new Map([[service, slot]]) }).catch(() => {});
    }
    // Room that is given back is offered to the line at once.
    if (slots.length > 0 && !isLineEmpty) await setTimeout(collisionPauseMs);
  } finally {
    for (const slot of slots) slot.release();
  }
}
