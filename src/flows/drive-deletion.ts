import { randomUUID } from "node:crypto";
import { askStatus } from "../connected/ask-status.ts";
import { callDelete } from "../connected/call-delete.ts";
import { sendWithinMs } from "../domain/plan.ts";
import type { Snapshot } from "../store/seal.ts";
import {
  advanceDeletion,
  type CallOutcome,
  type ClaimedCall,
  type Step,
} from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";

/**
 * Moves a deletion forward as far as it goes now: claims what is due, calls the services at once and
 * outside any transaction, and records each outcome as it comes, so that a slow service holds up nobody.
 * Safe at any time, any number of times, in two places at once. A failing service is an outcome, not an
 * error.
 *
 * @throws TakeoutError `unavailable` when the ledger is away; what was not recorded is called again when
 * its lease has run out.
 */
export async function driveDeletion(
  context: FlowContext,
  input: { readonly deletionId: string },
): Promise<void> {
  const settled = createInbox<CallOutcome | null>();
  let underWay = 0;
  let outcomes: readonly CallOutcome[] = [];
  try {
    for (;;) {
      const claimedAfter = performance.now();
      await context.fault?.("before_claim", input.deletionId);
      const step = await advanceDeletion(context, input.deletionId, outcomes);
      if (outcomes.length > 0) await context.fault?.("after_record", input.deletionId);
      if (step && step.calls.length > 0) await context.fault?.("after_claim", input.deletionId);
      for (const claimed of step?.calls ?? []) {
        underWay += 1;
        void makeCall(context, input.deletionId, step as Step, claimed, claimedAfter)
          .catch((error) => giveUp(context, input.deletionId, claimed, error))
          .then(settled.put);
      }
      if (underWay === 0) return;
      const arrived = await settled.takeAll();
      underWay -= arrived.length;
      outcomes = arrived.filter((outcome) => outcome !== null);
    }
  } finally {
    // A call outlives a step that failed; its slot is released when it ends.
    while (underWay > 0) underWay -= (await settled.takeAll()).length;
  }
}

/** @returns `null` when the call was not sent: too little of its lease was left. */
async function makeCall(
  context: FlowContext,
  deletionId: string,
  step: Step,
  { call, slot }: ClaimedCall,
  claimedAfter: number,
): Promise<CallOutcome | null> {
  try {
    const rules = context.registry.findService(call.service);
    const client = context.services.get(call.service)?.work;
    if (!rules || !client || !step.snapshot) return null;
    await context.fault?.("before_send", deletionId);
    // By our own monotonic clock, from before the claim: a process that was stopped must not send late.
    if (performance.now() - claimedAfter > sendWithinMs) return null;
    const beganAt = performance.now();
    const common = commonOrder(
      step.snapshot,
      call.parts.map((part) => part.categoryId),
    );
    const observe = (outcome: string) =>
      context.metrics.serviceCalled(
        call.service,
        call.kind,
        outcome,
        (performance.now() - beganAt) / 1000,
      );
    if (call.kind === "status") {
      const answer = await askStatus(client, { ...common, timeoutMs: rules.timeout.statusMs });
      await context.fault?.("after_answer", deletionId);
      observe(answer ? "ok" : "unusable");
      const states = answer && new Map([...answer].map(([id, { state }]) => [id, state]));
      return { kind: "status", call, states };
    }
    const { reportUid } = step.snapshot;
    const to = step.acceptedAt;
    const outcome = await callDelete(client, rules, {
      ...common,
      deletionId,
      reportUid,
      to,
      attempt: call.attempt,
    });
    await context.fault?.("after_answer", deletionId);
    observe(outcome.kind);
    logFailure(context, deletionId, call, outcome);
    return { kind: "delete", call, outcome };
  } finally {
    slot.release();
  }
}

/** A fault of our own in one call: its part is called again when the lease has run out. */
function giveUp(
  context: FlowContext,
  deletionId: string,
  { call }: ClaimedCall,
  error: unknown,
): null {
  const about = { deletion_id: deletionId, service: call.service, attempt: call.attempt };
  context.log.error({ ...about, error }, "call ended in a fault of our own");
  return null;
}

function commonOrder(snapshot: Snapshot, categoryIds: readonly string[]) {
  return {
    identity: snapshot.identity,
    takeoutRequestId: snapshot.requestId,
    categoryIds,
    requestId: randomUUID(),
  };
}

function logFailure(
  context: FlowContext,
  deletionId: string,
  call: ClaimedCall["call"],
  outcome: Extract<CallOutcome, { kind: "delete" }>["outcome"],
): void {
  const about = { deletion_id: deletionId, service: call.service, attempt: call.attempt };
  if (outcome.kind === "refused") {
    context.log.error({ ...about, code: outcome.code }, "service refused a deletion");
  } else if (outcome.kind === "failed") {
    context.log.warn({ ...about, code: outcome.code }, "call failed, to be tried again");
  }
}

/** Collects what settles while its reader is busy, and gives it all at once. */
function createInbox<T>() {
  let items: T[] = [];
  let wake = Promise.withResolvers<void>();
  return {
    put: (item: T) => {
      items.push(item);
      wake.resolve();
    },
    async takeAll(): Promise<T[]> {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      const taken = items;
      items = [];
      return taken;
    },
  };
}
