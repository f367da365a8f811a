import {
  ticketAlgorithms,
  ticketClockSkewSeconds,
  ticketKinds,
  uidPattern,
} from "../../../generated/tickets.ts";
import type { DecodedTicket } from "./decode.ts";

/** Why a ticket was refused, exactly: for the log, never for the answer. */
export type RefusalReason =
  | "too_long"
  | "malformed"
  | "algorithm_refused"
  | "header_refused"
  | "kid_missing"
  | "type_wrong"
  | "issuer_missing"
  | "issuer_unknown"
  | "issuer_not_caller"
  | "subject_wrong"
  | "audience_wrong"
  | "times_missing"
  | "lives_too_long"
  | "not_yet_valid"
  | "expired"
  | "key_unknown"
  | "signature_wrong";

export type ClaimsCheck =
  | {
      readonly kind: "ok";
      readonly iss: string;
      readonly sub: string;
      /** How long it may be remembered. */
      readonly validUntilMs: number;
    }
  | { readonly kind: "refused"; readonly reason: RefusalReason };

export interface Expected {
  readonly kind: "service" | "user";
  /** Of a user ticket: the client that calls. */
  readonly client: string | undefined;
  /** The hub's own name. */
  readonly hub: string;
  readonly nowMs: number;
}

/** Headers that would let a ticket bring its own key, or change what its signature means. */
const refusedHeaders = ["jku", "x5u", "jwk", "crit", "b64"];

/** Everything about a ticket that costs no cryptography: contract 3, its table and what follows it. */
export function checkClaims(ticket: DecodedTicket, expected: Expected): ClaimsCheck {
  const reason = findHeaderFault(ticket, expected) ?? findClaimFault(ticket, expected);
  if (reason) return { kind: "refused", reason };
  const { iss, sub, exp } = ticket.claims as { iss: string; sub: string; exp: number };
  return { kind: "ok", iss, sub, validUntilMs: (exp + ticketClockSkewSeconds) * 1000 };
}

function findHeaderFault({ header }: DecodedTicket, expected: Expected): RefusalReason | null {
  if (!(ticketAlgorithms as readonly unknown[]).includes(header.alg)) return "algorithm_refused";
  if (refusedHeaders.some((name) => Object.hasOwn(header, name))) return "header_refused";
  if (typeof header.kid !== "string" || header.kid === "") return "kid_missing";
  return header.typ === ticketKinds[expected.kind].typ ? null : "type_wrong";
}

function findClaimFault({ claims }: DecodedTicket, expected: Expected): RefusalReason | null {
  const { iss, sub, aud } = claims;
  if (typeof iss !== "string" || iss === "") return "issuer_missing";
  if (expected.client !== undefined && iss !== expected.client) return "issuer_not_caller";
  if (!isSubject(sub, iss, expected)) return "subject_wrong";
  if (aud !== expected.hub) return "audience_wrong";
  return findTimeFault(claims, expected);
}

/** A service speaks for itself; a user is a uid, or an operator's login where the caller is not a portal. */
function isSubject(sub: unknown, iss: string, { kind }: Expected): boolean {
  if (typeof sub !== "string") return false;
  return kind === "service" ? sub === iss : uidPattern.test(sub) || loginPattern.test(sub);
}

const loginPattern = /^[a-z][a-z0-9._-]{0,63}$/;

function findTimeFault(
  { iat, exp, nbf }: DecodedTicket["claims"],
  { kind, nowMs }: Expected,
): RefusalReason | null {
  if (!isMoment(iat) || !isMoment(exp) || exp <= iat) return "times_missing";
  if (nbf !== undefined && !isMoment(nbf)) return "times_missing";
  if (exp - iat > ticketKinds[kind].maxLifetimeSeconds) return "lives_too_long";
  const now = nowMs / 1000;
  if (Math.max(iat, nbf ?? iat) > now + ticketClockSkewSeconds) return "not_yet_valid";
  return exp + ticketClockSkewSeconds <= now ? "expired" : null;
}

function isMoment(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
