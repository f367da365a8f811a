import { validateServiceStatusAnswer } from "../../generated/validators.js";
import type { Identity } from "../domain/identity.ts";
import type { ServiceAnswer } from "../domain/merge.ts";
import { toReasonCode } from "../domain/reason.ts";
import { isUnsent, type ServiceClient, type UnsentCode } from "./service-client.ts";
import { commonBody } from "./wire.ts";

export interface StatusQuestion {
  readonly identity: Identity;
  readonly categoryIds: readonly string[];
  /** The portal's `request_id`, where it sent one. */
  readonly takeoutRequestId: string | null;
  readonly requestId: string;
  readonly traceparent?: string | null;
  readonly timeoutMs: number;
  /** Asked when the request is about to be written. */
  readonly maySend?: () => boolean;
}

/** What a service says of its categories; `unusable`: nothing, or nothing complete; `unsent`: it was not asked. */
export type StatusReply =
  | { readonly kind: "answer"; readonly answers: ReadonlyMap<string, ServiceAnswer> }
  | { readonly kind: "unusable" }
  | { readonly kind: "unsent"; readonly code: UnsentCode };

/** Asks a service about some of its categories, in one call. Never throws. */
export async function askStatus(
  client: ServiceClient,
  question: StatusQuestion,
): Promise<StatusReply> {
  const { identity, categoryIds, maySend } = question;
  const reply = await client.post({
    path: "/v1/takeout/status/",
    body: commonBody(identity, categoryIds, question.takeoutRequestId),
    requestId: question.requestId,
    traceparent: question.traceparent ?? null,
    timeoutMs: question.timeoutMs,
    ...(maySend && { maySend }),
    readBody: (status) => status === 200,
  });
  if (reply.kind === "no_answer" && isUnsent(reply.code)) {
    return { kind: "unsent", code: reply.code };
  }
  const answers =
    reply.kind === "answer" && reply.status === 200 ? read(reply.body, question) : null;
  return answers ? { kind: "answer", answers } : { kind: "unusable" };
}

/** @returns the answer for each category asked; `null` when it is not usable or not complete. */
function read(
  body: unknown,
  { identity, categoryIds }: StatusQuestion,
): ReadonlyMap<string, ServiceAnswer> | null {
  if (!validateServiceStatusAnswer(body)) return null;
  if ("categories" in body && body.categories) {
    const answers = body.categories.map((row): [string, ServiceAnswer] => [
      row.id,
      {
        state: row.data_state,
        denied: row.denied ? toReasonCode(row.denied.reason, identity) : null,
      },
    ]);
    const byCategory = new Map(answers);
    // One that names a category twice contradicts itself, and which half is true nobody knows.
    const isUsable = byCategory.size === answers.length;
    return isUsable && categoryIds.every((id) => byCategory.has(id)) ? byCategory : null;
  }
  if (!("data_state" in body) || !body.data_state) return null;
  const state = body.data_state;
  return new Map(categoryIds.map((id) => [id, { state, denied: null }]));
}
