import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK, SignJWT } from "jose";

export interface PortalKey {
  readonly key: CryptoKey;
  readonly alg: "EdDSA" | "ES256";
  readonly kid: string;
}

export interface Parties {
  readonly portalName: string;
  readonly hubClient: string;
}

// Made anew for every call, so they need not live longer than one.
const lifetimeSeconds = 60;

/** A key without `kid` gets its RFC 7638 thumbprint, as the hub gives it. */
export async function importKey(jwk: JWK): Promise<PortalKey> {
  const alg = jwk.kty === "EC" ? "ES256" : "EdDSA";
  const key = (await importJWK(jwk, alg)) as CryptoKey;
  return { key, alg, kid: jwk.kid || (await calculateJwkThumbprint(jwk)) };
}

/** The two headers of a portal's call on behalf of a user: who calls, and for whom. */
export async function ticketsFor(
  uid: string,
  { portalName, hubClient }: Parties,
  { key, alg, kid }: PortalKey,
): Promise<Record<string, string>> {
  const sign = (typ: string, subject: string) =>
    new SignJWT()
      .setProtectedHeader({ alg, kid, typ })
      .setIssuer(portalName)
      .setSubject(subject)
      .setAudience(hubClient)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds} seconds`)
      .sign(key);
  return {
    "X-Ya-Service-Ticket": await sign("service-ticket+jwt", portalName),
    "X-Ya-User-Ticket": await sign("user-ticket+jwt", uid),
  };
}
