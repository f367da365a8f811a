import { validateServiceDenial } from "../../generated/validators.js";
import type { Identity } from "../domain/identity.ts";
import { toReasonCode } from "../domain/reason.ts";
import type { ServiceReply } from "./service-client.ts";

/** What a service's answer says where it has neither taken the order nor carried it out. */
export type Refusal =
  | { readonly kind: "denied"; readonly reason: string }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs: number };

const retriedStatuses = new Set([408, 425, 429]);

/** Judges an answer that is no success by contract 7: which of them is tried again is the same for every order. */
export function judgeRefusal(
  reply: Extract<ServiceReply, { kind: "answer" }>,
  identity: Identity,
): Refusal {
  const { status } = reply;
  if (status === 409 && reply.isReadable && validateServiceDenial(reply.body)) {
    return { kind: "denied", reason: toReasonCode(reply.body.reason, identity) };
  }
  const code = `http_${status}`;
  const isRefusal = status >= 300 && status < 500 && !retriedStatuses.has(status);
  return isRefusal
    ? { kind: "refused", code }
    : { kind: "failed", code, retryAfterMs: reply.retryAfterMs };
}
