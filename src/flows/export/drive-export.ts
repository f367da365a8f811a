import type { FlowContext } from "../context.ts";
import { createInbox, type Inbox } from "../inbox.ts";
import { advanceExport, type ExportTurn } from "./advance-export.ts";
import { discardBlobs } from "./discard-blobs.ts";
import { doStep } from "./do-step.ts";
import type { ExportArrival } from "./export-arrival.ts";
import { makeExportCall } from "./make-export-call.ts";

/**
 * Moves an export forward as far as it goes now: asks the services at once and outside any transaction, and when all
 * parts are closed builds the archive or delivers, each step recorded as it is done. Safe at any time, any number of
 * times, in two places at once. A failing service is an outcome, not an error.
 *
 * Returns when that is done, or when its patience with slow services is at an end: their calls go on and are recorded,
 * but do not keep others from being driven (rule 8). A step is never begun then: it belongs to the queue's job, by which
 * they are counted.
 *
 * @throws TakeoutError `unavailable` when the ledger is away; what was not recorded is done again when its lease has
 * run out.
 */
export async function driveExport(
  context: FlowContext,
  input: { readonly exportId: string },
): Promise<void> {
  const detached = Promise.withResolvers<void>();
  const drive = runDrive(context, input.exportId, detached.resolve);
  context.drives.track(input.exportId, drive, { export_id: input.exportId });
  await Promise.race([drive, detached.promise]);
}

type Arrival =
  | { readonly kind: "arrival"; readonly arrival: ExportArrival | null }
  | { readonly kind: "impatience" };

async function runDrive(context: FlowContext, exportId: string, detach: () => void): Promise<void> {
  const inbox = createInbox<Arrival>();
  const impatience = setTimeout(() => inbox.put({ kind: "impatience" }), context.patienceMs);
  let arrivals: readonly ExportArrival[] = [];
  let isPatient = true;
  let isAtStep = false;
  let underWay = 0;
  const begin = (work: Promise<ExportArrival | null>) => {
    underWay += 1;
    void work.then((arrival) => inbox.put({ kind: "arrival", arrival }));
  };
  try {
    for (;;) {
      await context.fault?.("before_claim", exportId);
      const turn = await advanceExport(context, { exportId, arrivals, hasTime: isPatient });
      if (arrivals.length > 0) await context.fault?.("after_record", exportId);
      await discardBlobs(context, turn?.garbage ?? []);
      if (turn && (turn.calls.length > 0 || turn.claimed)) {
        await context.fault?.("after_claim", exportId);
      }
      for (const claimed of turn?.calls ?? []) {
        begin(makeExportCall(context, { turn: turn as ExportTurn, claimed }));
      }
      if (turn?.claimed) {
        isAtStep = true;
        begin(doStep(context, { turn, claimed: turn.claimed }));
      }
      if (underWay === 0) return;
      const { came, isImpatient } = await nextArrivals(inbox, isAtStep);
      underWay -= came.length;
      arrivals = came.flatMap(({ arrival }) => arrival ?? []);
      if (arrivals.some(({ kind }) => kind === "step")) isAtStep = false;
      if (isImpatient) {
        isPatient = false;
        detach();
      }
    }
  } finally {
    clearTimeout(impatience);
    // What is under way outlives a turn that failed; slots are released when calls end.
    while (underWay > 0) {
      await inbox.arrival();
      underWay -= inbox.take().filter(isArrival).length;
    }
  }
}

/**
 * At a step it stays, however long that takes: the job stands for it. Impatience is no reason for a turn then; if that
 * failed, nobody would take what the step comes to.
 */
async function nextArrivals(inbox: Inbox<Arrival>, isAtStep: boolean) {
  for (;;) {
    await inbox.arrival();
    const arrived = inbox.take();
    const came = arrived.filter(isArrival);
    const isImpatient = !isAtStep && came.length < arrived.length;
    if (came.length > 0 || isImpatient) return { came, isImpatient };
  }
}

function isArrival(it: Arrival): it is Extract<Arrival, { kind: "arrival" }> {
  return it.kind === "arrival";
}
