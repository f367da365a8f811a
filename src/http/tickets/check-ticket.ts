import {
  type TicketKind,
  ticketAlgorithms,
  ticketClockSkewSeconds,
  ticketKinds,
  uidPattern,
} from "../../../generated/tickets.ts";
import type { TicketKey } from "./client-keys.ts";
import type { TicketClient } from "./clients.ts";
import type { ParsedTicket } from "./parse-ticket.ts";
import { type Refused, refused, type TicketRefusal } from "./refusals.ts";

/** What a ticket must agree with. */
export interface Expectation {
  readonly kind: TicketKind;
  /** The hub's own name. */
  readonly audience: string;
  readonly clients: ReadonlyMap<string, TicketClient>;
  readonly nowSeconds: number;
  /** Of a user ticket: who shows it. */
  readonly caller?: string;
}

/** A ticket whose every claim is in order, if its signature is. */
export interface CheckedTicket {
  readonly issuer: string;
  readonly subject: string;
  readonly kid: string;
  readonly key: TicketKey;
  /** From this moment on, by the hub's clock, it is refused. */
  readonly validUntilMs: number;
}

const loginPattern = /^[\x21-\x7e]{1,128}$/;

/**
 * Checks all that is cheap, so that junk never costs a signature check.
 * Pure. Source: contract, section 3.
 */
export function checkTicket(
  { header, claims }: ParsedTicket,
  expected: Expectation,
): { kind: "ok"; ticket: CheckedTicket } | Refused {
  const reason =
    findHeaderFault(header, expected) ??
    findPartyFault(claims, expected) ??
    findTimeFault(claims, expected);
  if (reason !== undefined) return refused(reason);
  const { iss, sub, exp } = claims as { iss: string; sub: string; exp: number };
  const kid = header.kid as string;
  const key = expected.clients.get(iss)?.keys.find(kid);
  if (key === undefined) return refused("key_unknown");
  if (key.alg !== header.alg) return refused("alg_not_of_key");
  const validUntilMs = (exp + ticketClockSkewSeconds) * 1000;
  return { kind: "ok", ticket: { issuer: iss, subject: sub, kid, key, validUntilMs } };
}

function findHeaderFault(
  header: ParsedTicket["header"],
  { kind }: Expectation,
): TicketRefusal | undefined {
  if (header.typ !== ticketKinds[kind].typ) return "typ_wrong";
  if (!ticketAlgorithms.some((alg) => alg === header.alg)) return "alg_refused";
  // A key that comes with a ticket proves nothing; of critical extensions we know none (RFC 7515, 4.1.11).
  if (["jku", "x5u", "jwk", "crit"].some((name) => Object.hasOwn(header, name))) {
    return "header_refused";
  }
  return typeof header.kid === "string" && header.kid !== "" ? undefined : "kid_missing";
}

function findPartyFault(
  { iss, sub, aud }: ParsedTicket["claims"],
  { kind, clients, caller, audience }: Expectation,
): TicketRefusal | undefined {
  const client = typeof iss === "string" ? clients.get(iss) : undefined;
  if (client === undefined) return "issuer_unknown";
  if (kind === "service" && sub !== iss) return "subject_not_issuer";
  const userFault = kind === "user" ? findUserFault(iss, sub, client, caller) : undefined;
  return userFault ?? (aud === audience ? undefined : "audience_wrong");
}

function findUserFault(
  iss: unknown,
  sub: unknown,
  { speaksFor }: TicketClient,
  caller: string | undefined,
): TicketRefusal | undefined {
  if (iss !== caller) return "issuer_not_caller";
  if (speaksFor === "itself") return "issuer_not_for_users";
  const pattern = speaksFor === "users" ? uidPattern : loginPattern;
  return typeof sub === "string" && pattern.test(sub) ? undefined : "subject_invalid";
}

function findTimeFault(
  { iat, exp, nbf = iat }: ParsedTicket["claims"],
  { kind, nowSeconds }: Expectation,
): TicketRefusal | undefined {
  if (![iat, exp, nbf].every(Number.isFinite)) return "times_invalid";
  const [issuedAt, expiresAt] = [iat as number, exp as number];
  if (expiresAt <= issuedAt) return "times_invalid";
  if (expiresAt - issuedAt > ticketKinds[kind].maxLifetimeSeconds) return "lifetime_too_long";
  if (issuedAt > nowSeconds + ticketClockSkewSeconds) return "from_the_future";
  // Our own tickets have no nbf, but another signer's may be made for later (RFC 7519, 4.1.5).
  if ((nbf as number) > nowSeconds + ticketClockSkewSeconds) return "not_yet_valid";
  return expiresAt + ticketClockSkewSeconds <= nowSeconds ? "expired" : undefined;
}
