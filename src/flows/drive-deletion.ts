import type { Slot } from "../connected/gates.ts";
import { advanceDeletion, type Step } from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";
import { collectArrivals } from "./drive-arrivals.ts";
import { makeCall } from "./make-call.ts";

export interface DriveInput {
  readonly deletionId: string;
  /** Room that was taken for this deletion, by service; the drive gives it back. */
  readonly slots?: ReadonlyMap<string, Slot>;
  /** A service whose breaker is open, and for which the room is that of a probe. */
  readonly probe?: string;
  /** Called when its first step is done, and what it calls is claimed. */
  readonly onBegun?: () => void;
}

/**
 * Moves a deletion forward as far as it goes now: claims what is due, calls the services at once and
 * outside any transaction, and records each outcome as it comes, so that a slow service holds up nobody.
 * Safe at any time, any number of times, in two places at once. A failing service is an outcome, not an
 * error.
 *
 * Returns when that is done, or when its patience is at an end: calls that take longer go on and are recorded, but do not
 * keep others from being driven (rule 8). There are never more of them than services have room.
 *
 * @throws TakeoutError `unavailable` when the ledger is away; what was not recorded is called again when
 * its lease has run out.
 */
export async function driveDeletion(context: FlowContext, input: DriveInput): Promise<void> {
  const detached = Promise.withResolvers<void>();
  const drive = runDrive(context, input, detached.resolve);
  context.drives.track(input.deletionId, drive);
  await Promise.race([drive, detached.promise]);
}

/**
 * @param detach - called when its patience is at an end and what found no room is parked: till then the
 * queue's job stands for it, should this process die.
 */
async function runDrive(
  context: FlowContext,
  input: DriveInput,
  detach: () => void,
): Promise<void> {
  const { deletionId } = input;
  const arrivals = collectArrivals(context, input.slots);
  const stopListening = context.drives.onClosed(deletionId, arrivals.noteClosed);
  try {
    for (;;) {
      await context.fault?.("before_claim", deletionId);
      let recorded = 0;
      const take = () => {
        const taken = arrivals.take();
        recorded = taken.outcomes.length;
        return taken;
      };
      const step = await advanceDeletion(context, { deletionId, take });
      input.onBegun?.();
      if (recorded > 0) await context.fault?.("after_record", deletionId);
      if (step && step.calls.length > 0) await context.fault?.("after_claim", deletionId);
      for (const claimed of step?.calls ?? []) {
        arrivals.begin(makeCall(context, { ...input, step: step as Step, claimed }));
      }
      const wanting = step?.wanting ?? [];
      if (!arrivals.isCalling() && wanting.length === 0) return;
      if (!arrivals.isPatient()) detach();
      arrivals.askForRoom(wanting);
      await arrivals.arrival();
      if (arrivals.isSettled()) return;
    }
  } finally {
    stopListening();
    // A call outlives a step that failed; its slot is released when it ends.
    await arrivals.end();
  }
}
