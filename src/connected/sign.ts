import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type TicketKind, ticketKinds } from "../../generated/tickets.ts";
import type { PrivateJwk, PublicJwk } from "../config/jwk.ts";

/** Signs the hub's own calls. */
export interface TicketSigner {
  /** A service ticket for the named client; the same one for most of its hour. */
  serviceTicket(audience: string): string;
  /** What others need to check these tickets. */
  publicJwks(): { readonly keys: readonly PublicJwk[] };
}

export interface SignerOptions {
  /** The signer's own name: `iss` and `sub` of its tickets. */
  readonly client: string;
  readonly signingKey: PrivateJwk;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** What a ticket says of whom, to whom. */
export interface TicketClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly lifetimeSeconds: number;
}

/** A ticket this close to its end is not sent any more: it has to outlive its way and the other's clock. */
const renewBeforeMs = 5 * 60_000;

/** More audiences than any landscape has. */
const mostRemembered = 2_000;

/** Makes a signer; the key is imported once. Source: contract, section 3. */
export function createTicketSigner({
  client,
  signingKey,
  now = Date.now,
}: SignerOptions): TicketSigner {
  const signTicket = prepareSigning(signingKey);
  const tickets = new Map<string, { token: string; issuedAtMs: number; renewAtMs: number }>();
  const { maxLifetimeSeconds } = ticketKinds.service;
  const issue = (audience: string, nowMs: number): string => {
    const token = signTicket("service", {
      issuer: client,
      subject: client,
      audience,
      issuedAtSeconds: Math.floor(nowMs / 1000),
      lifetimeSeconds: maxLifetimeSeconds,
    });
    if (tickets.size >= mostRemembered) tickets.clear();
    const renewAtMs = nowMs + maxLifetimeSeconds * 1000 - renewBeforeMs;
    tickets.set(audience, { token, issuedAtMs: nowMs, renewAtMs });
    return token;
  };
  const { d: _, ...publicJwk } = signingKey;
  return {
    serviceTicket(audience) {
      const nowMs = now();
      const kept = tickets.get(audience);
      // One from the future was issued before our clock was set right.
      const isGood = kept && kept.issuedAtMs <= nowMs + 1_000 && nowMs < kept.renewAtMs;
      return isGood ? kept.token : issue(audience, nowMs);
    },
    publicJwks: () => ({ keys: [publicJwk] }),
  };
}

/** Imports a key once and signs any number of tickets with it. Source: RFC 7515, section 7.1. */
export function prepareSigning(
  jwk: PrivateJwk,
): (kind: TicketKind, claims: TicketClaims) => string {
  const key = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  return (kind, claims) => {
    const header = encode({ alg: jwk.alg, kid: jwk.kid, typ: ticketKinds[kind].typ });
    const signed = `${header}.${encode(toWire(claims))}`;
    return `${signed}.${signText(jwk.alg, key, signed)}`;
  };
}

function toWire({ issuer, subject, audience, issuedAtSeconds, lifetimeSeconds }: TicketClaims) {
  const times = { iat: issuedAtSeconds, exp: issuedAtSeconds + lifetimeSeconds };
  return { iss: issuer, sub: subject, aud: audience, ...times };
}

function signText(alg: PrivateJwk["alg"], key: KeyObject, text: string): string {
  const digest = alg === "ES256" ? "sha256" : null;
  const options = alg === "ES256" ? ({ key, dsaEncoding: "ieee-p1363" } as const) : key;
  return sign(digest, Buffer.from(text), options).toString("base64url");
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
