import { randomUUID } from "node:crypto";
import { askStatus } from "../connected/ask-status.ts";
import { callDelete } from "../connected/call-delete.ts";
import type { ServiceClient } from "../connected/service-client.ts";
import { sendWithinMs } from "../domain/plan.ts";
import type { ServiceRules } from "../domain/registry.ts";
import type { Snapshot } from "../store/seal.ts";
import type { CallOutcome, ClaimedCall, Step } from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";
import { noteAnswer } from "./note-answer.ts";

interface CallInput {
  readonly deletionId: string;
  readonly step: Step;
  readonly claimed: ClaimedCall;
  /** By our own monotonic clock, from before the claim. */
  readonly claimedAfter: number;
  readonly probe?: string;
}

/**
 * Makes one claimed call, and gives back its room.
 *
 * @returns `null` when nothing is to be recorded: it was not sent because too little of its lease was left,
 * or it ended in a fault of our own. Its part is called again when the lease has run out. Never throws.
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
    const maySend = () => performance.now() - input.claimedAfter <= sendWithinMs;
    if (!maySend()) return null;
    const beganAt = performance.now();
    const outcome = await send(input, {
      ...{ rules, client, maySend },
      snapshot: input.step.snapshot,
    });
    // Nobody's failure but our own, and not to be counted.
    if (outcome.kind === "delete" && wasNeverSent(outcome)) return null;
    await context.fault?.("after_answer", input.deletionId);
    const tookMs = performance.now() - beganAt;
    const kind = outcome.kind === "delete" ? outcome.outcome.kind : statusKind(outcome);
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
  { deletionId, step, claimed: { call } }: CallInput,
  to: {
    readonly rules: ServiceRules;
    readonly client: ServiceClient;
    readonly snapshot: Snapshot;
    readonly maySend: () => boolean;
  },
): Promise<CallOutcome> {
  const { rules, client, snapshot } = to;
  const common = {
    identity: snapshot.identity,
    takeoutRequestId: snapshot.requestId,
    categoryIds: call.parts.map((part) => part.categoryId),
    requestId: randomUUID(),
  };
  if (call.kind === "status") {
    const answer = await askStatus(client, { ...common, timeoutMs: rules.timeout.statusMs });
    const states = answer && new Map([...answer].map(([id, { state }]) => [id, state]));
    return { kind: "status", call, states };
  }
  const outcome = await callDelete(client, rules, {
    ...common,
    deletionId,
    reportUid: snapshot.reportUid,
    to: step.fenceAt,
    attempt: call.attempt,
    maySend: to.maySend,
  });
  return { kind: "delete", call, outcome };
}

function wasNeverSent({ outcome }: Extract<CallOutcome, { kind: "delete" }>): boolean {
  return outcome.kind === "failed" && (outcome.code === "no_ticket" || outcome.code === "not_sent");
}

function statusKind({ states }: Extract<CallOutcome, { kind: "status" }>): "ok" | "unusable" {
  return states ? "ok" : "unusable";
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
