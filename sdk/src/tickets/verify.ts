import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import {
  ticketAlgorithms,
  ticketClockSkewSeconds,
  ticketKinds,
} from "../../../generated/tickets.ts";
import { checkHubUrl, checkName, type HubOptions } from "../arguments.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createRemoteKeys, KeysUnavailable } from "./remote-keys.ts";

/** Whose tickets are accepted, and by whom. */
export interface TicketVerifierOptions {
  /** The own client name: tickets must be made out to it (`aud`). */
  service: string;
  /** The hub: its name must be `iss` and `sub`; its keys come from `/.well-known/jwks.json` there. */
  hub: HubOptions;
  /** Replaces the global `fetch` for reading the hub's keys. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Replaces the system's clock, in tests. */
  clock?: Clock;
}

/**
 * What became of a check. `reason` is for the log, never for the caller. `unavailable` says that
 * the hub's keys could not be read: the ticket may be good, try again.
 */
export type TicketCheck =
  | { kind: "valid"; kid: string; expiresAt: Date }
  | { kind: "invalid"; reason: string }
  | { kind: "unavailable"; reason: string };

/** Checks the hub's service tickets. */
export interface TicketVerifier {
  verify(ticket: string): Promise<TicketCheck>;
}

const longestTicket = 8 * 1024;
const refusedHeaders = ["jku", "x5u", "x5c", "jwk", "crit"];

/**
 * Checks that a call comes from the hub. Keys are remembered: re-read every 10 minutes, on an
 * unknown `kid` at most once in 30 s, or 1 s after a read that failed; the last good set serves 24 h while the hub is silent.
 * @throws TypeError when an option is unusable.
 * Source: contract section 3.
 */
export function createTicketVerifier(options: TicketVerifierOptions): TicketVerifier {
  const audience = checkName(options.service, "service");
  const issuer = checkName(options.hub?.client, "hub.client");
  const url = `${checkHubUrl(options.hub)}/.well-known/jwks.json`;
  const clock = options.clock ?? systemClock;
  const keys = createRemoteKeys({ url, fetch: options.fetch });

  async function verify(ticket: string): Promise<TicketCheck> {
    try {
      const fault = faultOfHeader(ticket);
      if (fault) return { kind: "invalid", reason: fault };
      const verified = await jwtVerify(ticket, (header) => keys.find(header), {
        algorithms: [...ticketAlgorithms],
        typ: ticketKinds.service.typ,
        issuer,
        subject: issuer,
        audience,
        clockTolerance: ticketClockSkewSeconds,
        currentDate: new Date(clock.now()),
        requiredClaims: ["iat", "exp"],
      });
      return judge(verified, clock.now());
    } catch (error) {
      if (error instanceof KeysUnavailable)
        return { kind: "unavailable", reason: "keys_unavailable" };
      return { kind: "invalid", reason: reasonOf(error) };
    }
  }

  return { verify };
}

function faultOfHeader(ticket: string): string | undefined {
  if (ticket.length > longestTicket) return "too_long";
  const header = decodeProtectedHeader(ticket);
  if (typeof header.kid !== "string" || header.kid === "") return "kid_missing";
  const refused = refusedHeaders.find((name) => name in header);
  return refused && `header_${refused}_refused`;
}

// What jose leaves open: one audience as a string, a bounded lifetime, no ticket from the future.
function judge(
  { payload, protectedHeader }: JWTVerifyResult<JWTPayload>,
  nowMs: number,
): TicketCheck {
  const { aud, iat = 0, exp = 0 } = payload;
  if (typeof aud !== "string") return { kind: "invalid", reason: "claim_aud" };
  if (exp - iat > ticketKinds.service.maxLifetimeSeconds)
    return { kind: "invalid", reason: "too_long_lived" };
  if (iat > nowMs / 1000 + ticketClockSkewSeconds) return { kind: "invalid", reason: "claim_iat" };
  return { kind: "valid", kid: protectedHeader.kid ?? "", expiresAt: new Date(exp * 1000) };
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `claim_${error.claim}`;
  if (error instanceof errors.JOSEError) return error.code.replace(/^ERR_/, "").toLowerCase();
  return "malformed";
}
