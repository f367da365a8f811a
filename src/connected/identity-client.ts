import { validateIdentityAnswer } from "../../generated/validators.js";
import { bareIdentity, type Identity } from "../domain/identity.ts";
import type { ServiceClient } from "./service-client.ts";

export type ResolvedIdentity =
  | { readonly kind: "resolved"; readonly identity: Identity }
  | { readonly kind: "unavailable"; readonly code: string };

export interface IdentityQuestion {
  readonly uid: string;
  readonly origin: "portal" | "admin";
  readonly requestId: string;
  /** How long the caller can wait at most, in ms, where that is less than the configured timeout. */
  readonly withinMs?: number;
}

export interface IdentityClient {
  resolve(question: IdentityQuestion): Promise<ResolvedIdentity>;
}

/**
 * Asks the identity service by which identifiers services know a user (contract 9). An unknown user has
 * the bare uid; an answer that is late, broken, incomplete or too long is none.
 */
export function createIdentityClient(client: ServiceClient, timeoutMs: number): IdentityClient {
  return {
    async resolve({ uid, origin, requestId, withinMs = timeoutMs }) {
      const reply = await client.post({
        path: "/v1/identity/resolve",
        body: { yandex_uid: uid, origin },
        requestId,
        timeoutMs: Math.min(timeoutMs, withinMs),
        readBody: (status) => status === 200,
      });
      if (reply.kind === "no_answer") return { kind: "unavailable", code: reply.code };
      if (reply.status === 404) return { kind: "resolved", identity: bareIdentity(uid) };
      if (reply.status !== 200) return { kind: "unavailable", code: `http_${reply.status}` };
      const { body } = reply;
      if (!validateIdentityAnswer(body)) return { kind: "unavailable", code: "unreadable" };
      if (!body.complete) return { kind: "unavailable", code: "incomplete" };
      const listed = body.yandex_uids.map((row) => ({ uid: row.uid, isPortal: row.is_portal }));
      const uids = primaryFirst(listed, { uid, isPortal: origin === "portal" });
      if (uids.length > maxUids) return { kind: "unavailable", code: "too_many" };
      return {
        kind: "resolved",
        identity: {
          uids,
          ...(body.user_ids && { userIds: body.user_ids }),
          ...(body.phone_ids && { phoneIds: body.phone_ids }),
          ...(body.personal_phone_ids && { personalPhoneIds: body.personal_phone_ids }),
          ...(body.personal_email_ids && { personalEmailIds: body.personal_email_ids }),
        },
      };
    },
  };
}

/** Of a list in a call (contract 2). */
const maxUids = 1_000;

/**
 * The ledger's user first: the one portal uid of the answer if there is exactly one, else the uid that was
 * given (contract 9). That one is always among them, for services may know the person by it.
 */
function primaryFirst(listed: Identity["uids"], given: Identity["uids"][number]): Identity["uids"] {
  const byUid = new Map([given, ...listed].map((row) => [row.uid, row]));
  const portal = new Set(listed.filter((row) => row.isPortal).map((row) => row.uid));
  const [only] = portal;
  const primary = (portal.size === 1 && only) || given.uid;
  const isPrimary = ({ uid }: { readonly uid: string }) => uid === primary;
  const uids = [...byUid.values()];
  return [...uids.filter(isPrimary), ...uids.filter((row) => !isPrimary(row))];
}
