import type { Slot } from "../connected/gates.ts";
import { advanceDeletion, type CallOutcome, type Step } from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";
import { createInbox } from "./inbox.ts";
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

type Arrival =
  | { readonly kind: "outcome"; readonly outcome: CallOutcome | null }
  | { readonly kind: "room"; readonly service: string; readonly slot: Slot }
  | { readonly kind: "impatience" };

/**
 * One drive with what it has under way: calls, and waits for room.
 *
 * @param detach - called when its patience is at an end and what found no room is parked: till then the
 * queue's job stands for it, should this process die.
 */
async function runDrive(
  context: FlowContext,
  input: DriveInput,
  detach: () => void,
): Promise<void> {
  const { deletionId } = input;
  const inbox = createInbox<Arrival>();
  const waits = waitForRoom(context, inbox.put);
  const impatience = setTimeout(() => inbox.put({ kind: "impatience" }), context.patienceMs);
  let slots = input.slots ?? new Map<string, Slot>();
  let outcomes: readonly CallOutcome[] = [];
  let isPatient = true;
  let underWay = 0;
  try {
    for (;;) {
      await context.fault?.("before_claim", deletionId);
      const claimedAfter = performance.now();
      const step = await advanceDeletion(context, { deletionId, outcomes, slots, isPatient });
      input.onBegun?.();
      if (outcomes.length > 0) await context.fault?.("after_record", deletionId);
      if (step && step.calls.length > 0) await context.fault?.("after_claim", deletionId);
      for (const claimed of step?.calls ?? []) {
        underWay += 1;
        void makeCall(context, { ...input, step: step as Step, claimed, claimedAfter }).then(
          (outcome) => inbox.put({ kind: "outcome", outcome }),
        );
      }
      const wanting = step?.wanting ?? [];
      if (underWay === 0 && wanting.length === 0) return;
      if (!isPatient) detach();
      waits.ask(wanting);
      const arrived = await inbox.takeAll();
      if (arrived.some(({ kind }) => kind === "impatience")) {
        isPatient = false;
        waits.end();
      }
      underWay -= arrived.filter(({ kind }) => kind === "outcome").length;
      outcomes = arrived.flatMap((it) => (it.kind === "outcome" ? (it.outcome ?? []) : []));
      slots = new Map(
        arrived.flatMap((it) => (it.kind === "room" ? [[it.service, it.slot] as const] : [])),
      );
    }
  } finally {
    clearTimeout(impatience);
    waits.end();
    // A call outlives a step that failed; its slot is released when it ends.
    while (underWay > 0) {
      const arrived = await inbox.takeAll();
      underWay -= arrived.filter(({ kind }) => kind === "outcome").length;
      for (const it of arrived) if (it.kind === "room") it.slot.release();
    }
    for (const it of inbox.takeRest()) if (it.kind === "room") it.slot.release();
  }
}

/** Asks for room for each service once at a time, and keeps the place in the line. */
function waitForRoom({ gates }: FlowContext, put: (arrival: Arrival) => void) {
  const asked = new Set<string>();
  const cancelled = new AbortController();
  return {
    ask(services: readonly string[]) {
      for (const service of services) {
        if (asked.has(service) || cancelled.signal.aborted) continue;
        asked.add(service);
        void gates.waitForRoom(service, cancelled.signal).then((slot) => {
          asked.delete(service);
          if (slot === null) return;
          if (cancelled.signal.aborted) slot.release();
          else put({ kind: "room", service, slot });
        });
      }
    },
    end: () => cancelled.abort(),
  };
}
