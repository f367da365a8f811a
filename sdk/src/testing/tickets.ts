import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { ticketKinds } from "../../../generated/tickets.ts";
import { type Clock, systemClock } from "../clock.ts";

/** A key pair of a client. */
export interface TestKey {
  privateJwk: JWK;
  publicJwk: JWK;
}

/** @param kid - how the key is named. Default `test-key`. */
export async function createTestKey(
  kid = "test-key",
  alg: "EdDSA" | "ES256" = "EdDSA",
): Promise<TestKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const [privateJwk, publicJwk] = await Promise.all([
    exportJWK(pair.privateKey),
    exportJWK(pair.publicKey),
  ]);
  return { privateJwk: { ...privateJwk, kid, alg }, publicJwk: { ...publicJwk, kid, alg } };
}

/** What a ticket says; a good one, but for what is given. */
export interface TicketOptions {
  key: TestKey;
  /** Who calls: `iss`, and `sub` where no other is given. */
  issuer: string;
  /** Who is called: `aud`. */
  audience: string;
  /** `service` by default. */
  kind?: "service" | "user";
  /** Of a user ticket the uid. */
  subject?: string;
  /** Default: the longest that is allowed. */
  lifetimeSeconds?: number;
  clock?: Clock;
  /** Instead of what would stand there; undefined leaves it out. */
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** Signs a ticket, a wrong one if it is asked for. Source: contract section 3. */
export async function makeTicket(options: TicketOptions): Promise<string> {
  const { key, issuer, audience, kind = "service", clock = systemClock } = options;
  const { typ, maxLifetimeSeconds } = ticketKinds[kind];
  const now = Math.floor(clock.now() / 1000);
  const { kid, alg = "EdDSA" } = key.privateJwk;
  const claims = {
    iss: issuer,
    sub: options.subject ?? issuer,
    aud: audience,
    iat: now,
    exp: now + (options.lifetimeSeconds ?? maxLifetimeSeconds),
    ...options.claims,
  };
  const header = { alg, kid, typ, ...options.header } as { alg: string };
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key.privateJwk, alg));
}
