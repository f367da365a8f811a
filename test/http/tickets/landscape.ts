import type { JsonWebKeySet, PrivateJwk } from "../../../src/config/jwk.ts";
import { publicPart, readPrivateJwk } from "../../../src/config/jwk.ts";
import type { KeySource, PortalConfig, ServiceConfig } from "../../../src/config/types.ts";
import { prepareSigning } from "../../../src/connected/sign.ts";
import type { TicketsOf } from "../../../src/http/tickets/verifier.ts";
import { makeKey } from "../../config/samples.ts";

/** When every test of tickets takes place. */
export const nowSeconds = 1_800_000_000;

export function newKey(kid: string, alg: "EdDSA" | "ES256" = "EdDSA"): PrivateJwk {
  const read = readPrivateJwk({ ...makeKey(alg).privateJwk, kid });
  if (read.kind === "fault") throw new Error(read.message);
  return read.value;
}

/** A portal in the middle of a rotation, another portal, an operators' client, a service. */
export const keys = {
  passport: newKey("passport-1"),
  passportNext: newKey("passport-2", "ES256"),
  mail: newKey("mail-1"),
  desk: newKey("desk-1"),
  realty: newKey("realty-1", "ES256"),
};

const setOf = (...jwks: PrivateJwk[]): JsonWebKeySet => ({ keys: jwks.map(publicPart) });

export const landscape: TicketsOf = {
  hub: { client: "takeout", publicUrl: "http://127.0.0.1:8080" },
  tickets: { driver: "jwt" },
  portals: new Map([
    ["passport", portal("passport", setOf(keys.passport, keys.passportNext))],
    ["mail", portal("mail", setOf(keys.mail))],
  ]),
  operators: new Map([["desk", { name: "desk", keys: setOf(keys.desk), roles: new Map() }]]),
  services: [{ name: "realty", keys: setOf(keys.realty) } as ServiceConfig],
};

export function portal(name: string, set: KeySource): PortalConfig {
  return { name, keys: set, allow: new Set(), errorsAs200: false, requireUserTicket: false };
}

/** A good ticket of a client; one that speaks for somebody else names the subject. */
export function serviceTicket(client: string, key: PrivateJwk): string {
  return issue("service", key, client, client, 3_600);
}

export function userTicket(client: string, key: PrivateJwk, subject: string): string {
  return issue("user", key, client, subject, 900);
}

function issue(
  kind: "service" | "user",
  key: PrivateJwk,
  issuer: string,
  subject: string,
  lifetimeSeconds: number,
): string {
  const issuedAtSeconds = nowSeconds;
  return prepareSigning(key)(kind, {
    issuer,
    subject,
    audience: "takeout",
    issuedAtSeconds,
    lifetimeSeconds,
  });
}
