import { readFile } from "node:fs/promises";
import { calculateJwkThumbprint, createLocalJWKSet, errors, type JWK, jwtVerify } from "jose";
import {
  ticketAlgorithms,
  ticketClockSkewSeconds,
  ticketKinds,
} from "../../../../generated/tickets.ts";
import { boundedFetch } from "../../bounded-fetch.ts";
import { CouldNotRun } from "../breach.ts";

/** Judges the tickets by which the service calls the hub. */
export interface ServiceTickets {
  /** What is wrong with a ticket, if anything. Always `undefined` while no keys are known. */
  faultOf(ticket: string | undefined): Promise<string | undefined>;
}

type FindKey = ReturnType<typeof createLocalJWKSet>;

const limits = { timeoutMs: 3_000, maxBytes: 64 * 1024 };

/**
 * @param options.serviceKeys - the service's JWKS: a file, a URL, or the set itself.
 * @throws CouldNotRun when they cannot be read.
 * Source: contract section 3.
 */
export async function createServiceTickets(options: {
  service: string;
  hubClient: string;
  serviceKeys?: string | { keys: readonly JWK[] } | undefined;
}): Promise<ServiceTickets> {
  const { service, hubClient, serviceKeys } = options;
  const find = serviceKeys === undefined ? undefined : await readKeys(serviceKeys);

  async function faultOf(ticket: string | undefined): Promise<string | undefined> {
    if (!ticket) return `no ${ticketKinds.service.header}`;
    return find && (await judge(ticket, find, service, hubClient));
  }

  return { faultOf };
}

async function judge(ticket: string, find: FindKey, service: string, hubClient: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(ticket, find, {
      algorithms: [...ticketAlgorithms],
      typ: ticketKinds.service.typ,
      issuer: service,
      subject: service,
      audience: hubClient,
      clockTolerance: ticketClockSkewSeconds,
      requiredClaims: ["iat", "exp"],
    });
    const { aud, iat = 0, exp = 0 } = payload;
    if (typeof protectedHeader.kid !== "string") return "the ticket names no `kid`";
    if (typeof aud !== "string") return "`aud` of the ticket is no single string";
    if (exp - iat > ticketKinds.service.maxLifetimeSeconds) return "the ticket lives over an hour";
    return undefined;
  } catch (error) {
    return describeFault(error);
  }
}

function describeFault(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `\`${error.claim}\` of the ticket is missing or wrong`;
  }
  if (error instanceof errors.JWKSNoMatchingKey)
    return "the ticket's `kid` is not among --service-keys";
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "the ticket's signature is wrong";
  return error instanceof errors.JOSEError
    ? `the ticket is not valid (${error.code})`
    : "the ticket cannot be read";
}

async function readKeys(from: string | { keys: readonly JWK[] }): Promise<FindKey> {
  const read = typeof from === "string" ? await readJson(from) : from;
  const set = read as { keys?: unknown; kty?: unknown } | null;
  // A single public JWK serves too: it is what a key generator prints.
  const keys = Array.isArray(set?.keys) ? set.keys : set?.kty ? [set] : undefined;
  if (!keys) throw new CouldNotRun("--service-keys: this is no JWKS");
  return createLocalJWKSet({ keys: await Promise.all(keys.map(toPublicKey)) });
}

/** A key without `kid` goes by its thumbprint, as in the hub. */
async function toPublicKey({ d: _private, ...key }: JWK): Promise<JWK> {
  try {
    return { ...key, kid: key.kid || (await calculateJwkThumbprint(key as JWK)) } as JWK;
  } catch {
    throw new CouldNotRun("--service-keys: a key in it is no public JWK");
  }
}

async function readJson(from: string): Promise<unknown> {
  try {
    return JSON.parse(
      /^https?:\/\//.test(from) ? await readUrl(from) : await readFile(from, "utf8"),
    );
  } catch (error) {
    throw new CouldNotRun(
      `--service-keys cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function readUrl(url: string): Promise<string> {
  const answer = await boundedFetch(globalThis.fetch, limits)(new Request(url));
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  return await answer.text();
}
