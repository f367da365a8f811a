import { randomUUID } from "node:crypto";
import { askStatus } from "../connected/ask-status.ts";
import { callDelete } from "../connected/call-delete.ts";
import { isUnsent, type ServiceClient, type UnsentCode } from "../connected/service-client.ts";
import { type PlannedCall, sendWithinMs } from "../domain/plan.ts";
import type { ServiceRules } from "../domain/registry.ts";
import type { Snapshot } from "../store/seal.ts";
import type { CallOutcome, ClaimedCall, Step } from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";
import { noteAnswer } from "./note-answer.ts";

interface CallInput {
  readonly deletionId: string;
  readonly step: Step;
  readonly claimed: ClaimedCall;
  readonly probe?: string;
}

/**
 * Makes one claimed call, and gives back its room.
 *
 * @returns `unsent` when too little of its lease was left; `null` when nothing is to be recorded: the hub had no ticket to
 * call with, or it ended in a fault of our own. Its part is called again when the lease has run out then. Never throws.
 */
export async function makeCall(
  context: FlowContext,
  input: CallInput,
): Promise<CallOutcome | null> {
  const { call, slot } = input.claimed;
  const about = { deletion_id: input.deletionId, service: call.service, attempt: call.attempt };
  try {
    const rules = context.registry.findService(call.service);
    const client = context.services.get(call.service)?.work;
    if (!rules || !client || !input.step.snapshot) return null;
    await context.fault?.("before_send", input.deletionId);
    // A process that was stopped must not send late: asked here, and when the request is being written.
    const maySend = () => performance.now() - input.step.claimedAfter <= sendWithinMs;
    if (!maySend()) return { kind: "unsent", call };
    const beganAt = performance.now();
    const outcome = await send(context, input, {
      ...{ rules, client, maySend },
      snapshot: input.step.snapshot,
    });
    if (outcome === null || outcome.kind === "unsent") return outcome;
    await context.fault?.("after_answer", input.deletionId);
    const tookMs = performance.now() - beganAt;
    const kind = kindOf(outcome);
    context.metrics.serviceCalled(call.service, call.kind, kind, tookMs / 1000);
    logFailure(context, about, outcome);
    const isFailure = kind === "failed" || kind === "unusable";
    await noteAnswer(context, { ...input, service: call.service, isFailure, tookMs });
    return outcome;
  } catch (error) {
    context.log.error({ ...about, error }, "call ended in a fault of our own");
    return null;
  } finally {
    slot.release();
  }
}

async function send(
  context: FlowContext,
  { deletionId, step, claimed: { call }, probe }: CallInput,
  to: {
    readonly rules: ServiceRules;
    readonly client: ServiceClient;
    readonly snapshot: Snapshot;
    readonly maySend: () => boolean;
  },
): Promise<CallOutcome | null> {
  const { rules, client, snapshot, maySend } = to;
  const common = {
    identity: snapshot.identity,
    takeoutRequestId: snapshot.requestId,
    categoryIds: call.parts.map((part) => part.categoryId),
    requestId: randomUUID(),
    maySend,
  };
  if (call.kind === "status") {
    const reply = await askStatus(client, { ...common, timeoutMs: rules.timeout.statusMs });
    if (reply.kind === "unsent") return unsent(call, reply.code);
    if (reply.kind === "unusable") return { kind: "status", call, states: null };
    const states = new Map([...reply.answers].map(([id, { state }]) => [id, state]));
    return { kind: "status", call, states };
  }
  const isProbe = probe === call.service && context.gates.isOpen(call.service);
  const outcome = await callDelete(client, rules, {
    ...common,
    deletionId,
    reportUid: snapshot.reportUid,
    to: step.fenceAt,
    attempt: call.attempt,
  });
  if (outcome.kind === "failed" && isUnsent(outcome.code)) return unsent(call, outcome.code);
  return { kind: "delete", call, outcome, isProbe };
}

/**
 * Nobody's failure but our own, and not to be counted. Without a ticket the next call would not leave either, so the lease is
 * what it waits for.
 */
function unsent(call: PlannedCall, code: UnsentCode): CallOutcome | null {
  return code === "no_ticket" ? null : { kind: "unsent", call };
}

function kindOf(outcome: Exclude<CallOutcome, { kind: "unsent" }>) {
  if (outcome.kind === "delete") return outcome.outcome.kind;
  return outcome.states ? "ok" : "unusable";
}

function logFailure(
  context: FlowContext,
  about: { deletion_id: string; service: string; attempt: number },
  outcome: CallOutcome,
): void {
  if (outcome.kind !== "delete") return;
  if (outcome.outcome.kind === "refused") {
    context.log.error({ ...about, code: outcome.outcome.code }, "service refused a deletion");
  } else if (outcome.outcome.kind === "failed") {
    context.log.warn({ ...about, code: outcome.outcome.code }, "call failed, to be tried again");
  }
}
