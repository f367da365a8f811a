import { SignJWT } from "jose";
import { ticketKinds } from "../../../generated/tickets.ts";
import { checkName } from "../arguments.ts";
import { type Clock, systemClock } from "../clock.ts";
import {
  checkSigningKey,
  type ImportedKey,
  importSigningKey,
  type SigningKey,
} from "./signing-key.ts";

/** Who signs, and with what. */
export interface TicketSignerOptions {
  /** The client name of the signer: `iss` and `sub` of its tickets. */
  service: string;
  /** The private JWK whose public part the called side knows. Without `kid`: its RFC 7638 thumbprint. */
  signingKey: SigningKey | undefined;
  /** Replaces the system's clock, in tests. */
  clock?: Clock;
}

/** Signs service tickets. */
export interface TicketSigner {
  /**
   * A service ticket for a call to `audience`. The same one is given again until a minute before
   * it expires, unless the clock is put back; safe to call for every request.
   */
  ticketFor(audience: string): Promise<string>;
}

interface Signed {
  ticket: Promise<string>;
  issuedAtSeconds: number;
  renewAtSeconds: number;
}

// Short-lived, so that a stolen ticket soon is worth nothing; the contract allows an hour.
const lifetimeSeconds = 15 * 60;
const renewBeforeSeconds = 60;
const mostAudiences = 100;

/**
 * Makes the service tickets a service presents to the hub.
 * @throws TypeError when the name or the key is unusable.
 * Source: contract section 3.
 */
export function createTicketSigner(options: TicketSignerOptions): TicketSigner {
  const service = checkName(options.service, "service");
  const jwk = checkSigningKey(options.signingKey);
  const clock = options.clock ?? systemClock;
  const signed = new Map<string, Signed>();
  let imported: Promise<ImportedKey> | undefined;

  function ticketFor(audience: string): Promise<string> {
    const now = Math.floor(clock.now() / 1000);
    const last = signed.get(audience);
    // A clock that was put back makes it one from the future, which is refused.
    if (last && now >= last.issuedAtSeconds && now < last.renewAtSeconds) return last.ticket;
    imported ??= importSigningKey(jwk);
    const ticket = imported.then((key) => sign(key, service, audience, now));
    if (signed.size >= mostAudiences) signed.clear();
    const renewAtSeconds = now + lifetimeSeconds - renewBeforeSeconds;
    signed.set(audience, { ticket, issuedAtSeconds: now, renewAtSeconds });
    return ticket;
  }

  return { ticketFor };
}

function sign(key: ImportedKey, service: string, audience: string, now: number): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: ticketKinds.service.typ })
    .setIssuer(service)
    .setSubject(service)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key.key);
}
