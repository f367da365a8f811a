import { randomInt } from "node:crypto";
import { validateServiceStatusAnswer } from "../../generated/validators.js";
import { bareIdentity } from "../domain/identity.ts";
import type { DeleteOutcome } from "../domain/outcome.ts";
import type { ServiceRules } from "../domain/registry.ts";
import { callDelete } from "./call-delete.ts";
import type { ServiceClient, ServiceReply } from "./service-client.ts";
import { commonBody } from "./wire.ts";

/** A uid that is nobody's: nobody has one of so many digits. */
export function nobodysUid(): string {
  const digits = Array.from({ length: 31 }, () => randomInt(10));
  return `9${digits.join("")}`;
}

export interface Probe {
  readonly reply: ServiceReply;
  /** The categories that it spoke of. */
  readonly answered: ReadonlySet<string>;
}

/** Asks for the status of a user that nobody is, in all categories of the service. */
export async function probeStatus(
  client: ServiceClient,
  rules: ServiceRules,
  asked: { readonly uid: string; readonly requestId: string },
): Promise<Probe> {
  const reply = await client.post({
    path: "/v1/takeout/status/",
    body: commonBody(bareIdentity(asked.uid), rules.categories, null),
    requestId: asked.requestId,
    timeoutMs: rules.timeout.statusMs,
    readBody: (status) => status === 200,
  });
  return { reply, answered: answeredOf(reply, rules.categories) };
}

function answeredOf(reply: ServiceReply, categories: readonly string[]): ReadonlySet<string> {
  if (reply.kind !== "answer" || reply.status !== 200) return new Set();
  const { body } = reply;
  if (!validateServiceStatusAnswer(body)) return new Set();
  if ("categories" in body && body.categories) return new Set(body.categories.map(({ id }) => id));
  return new Set(categories);
}

/**
 * Tells the service to delete what a user that nobody is had before 1970: nothing is lost, whatever it does.
 *
 * @param checkId - stands for the deletion, so that the report can be told.
 * @returns what came of it; where it was accepted a report is to be expected.
 */
export async function probeDelete(
  client: ServiceClient,
  rules: ServiceRules,
  asked: { readonly uid: string; readonly requestId: string; readonly checkId: string },
): Promise<DeleteOutcome> {
  const { uid, requestId, checkId } = asked;
  return await callDelete(client, rules, {
    deletionId: checkId,
    attempt: 1,
    to: 0,
    reportUid: uid,
    identity: bareIdentity(uid),
    categoryIds: rules.categories.slice(0, 1),
    takeoutRequestId: null,
    requestId,
  });
}
