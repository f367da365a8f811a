import { validateServiceDeleteAnswer } from "../../generated/validators.js";
import type { Identity } from "../domain/identity.ts";
import type { DeleteOutcome } from "../domain/outcome.ts";
import { toReasonCode } from "../domain/reason.ts";
import type { ServiceRules } from "../domain/registry.ts";
import { judgeRefusal } from "./judge-refusal.ts";
import type { ServiceClient, ServiceReply } from "./service-client.ts";
import { commonBody } from "./wire.ts";

export interface DeleteOrder {
  readonly deletionId: string;
  readonly attempt: number;
  /** The fence, in ms (rule 3). */
  readonly to: number;
  readonly reportUid: string;
  readonly identity: Identity;
  readonly categoryIds: readonly string[];
  readonly takeoutRequestId: string | null;
  readonly requestId: string;
  /** Asked when the request is about to be written. */
  readonly maySend?: () => boolean;
}

/** Tells a service to delete, and judges its answer by the table of contract 7. Never throws. */
export async function callDelete(
  client: ServiceClient,
  rules: ServiceRules,
  order: DeleteOrder,
): Promise<DeleteOutcome> {
  const answersWithResult = rules.completion === "answer";
  const reply = await client.post({
    path: "/v1/takeout/delete/",
    body: {
      ...commonBody(order.identity, order.categoryIds, order.takeoutRequestId),
      deletion_id: order.deletionId,
      report_uid: order.reportUid,
      to: new Date(order.to).toISOString(),
      attempt: order.attempt,
    },
    requestId: order.requestId,
    timeoutMs: rules.timeout.deleteMs,
    ...(order.maySend && { maySend: order.maySend }),
    readBody: (status) => status === 409 || (status === 200 && answersWithResult),
  });
  return judge(reply, answersWithResult, order.identity);
}

function judge(reply: ServiceReply, answersWithResult: boolean, identity: Identity): DeleteOutcome {
  if (reply.kind === "no_answer") return { kind: "failed", code: reply.code, retryAfterMs: 0 };
  const { status } = reply;
  if (status === 202) return { kind: "accepted" };
  if (status === 200) return answersWithResult ? readResult(reply, identity) : { kind: "accepted" };
  return judgeRefusal(reply, identity);
}

function readResult(
  reply: Extract<ServiceReply, { kind: "answer" }>,
  identity: Identity,
): DeleteOutcome {
  const done = { kind: "done", outcome: "erased", retainedUntil: null, reason: null } as const;
  if (reply.isEmpty) return done;
  if (!reply.isReadable || !validateServiceDeleteAnswer(reply.body)) {
    return { kind: "failed", code: "unreadable", retryAfterMs: 0 };
  }
  const { outcome, retained_until, reason } = reply.body;
  return {
    kind: "done",
    outcome: outcome ?? "erased",
    retainedUntil: retained_until ? Date.parse(retained_until) : null,
    reason: reason ? toReasonCode(reason, identity) : null,
  };
}
