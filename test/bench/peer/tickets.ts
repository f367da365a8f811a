import { createLocalJWKSet, type JWK, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";

export interface Verified {
  readonly issuer: string;
  readonly subject: string;
}

interface Keys {
  readonly keys: readonly JWK[];
}

const rememberAtMost = 20_000;
const kinds = {
  service: { typ: "service-ticket+jwt", maxTokenAge: "1h" },
  user: { typ: "user-ticket+jwt", maxTokenAge: "15m" },
} as const;

/** Checks tickets; one that was found good is remembered by its whole string until it expires. */
export function createVerifier(audience: string, clients: ReadonlyMap<string, Keys>) {
  const remembered = new LRUCache<string, Verified>({ max: rememberAtMost });
  const keySets = new Map(
    [...clients].map(([name, { keys }]) => [name, createLocalJWKSet({ keys: [...keys] })]),
  );
  return async (token: unknown, kind: keyof typeof kinds): Promise<Verified | null> => {
    if (typeof token !== "string") return null;
    const known = remembered.get(`${kind} ${token}`);
    if (known) return known;
    try {
      return await verify(token, kind);
    } catch {
      return null;
    }
  };

  async function verify(token: string, kind: keyof typeof kinds): Promise<Verified | null> {
    const issuer = issuerOf(token);
    const keySet = keySets.get(issuer);
    if (!keySet) return null;
    const { payload } = await jwtVerify(token, keySet, {
      ...{ audience, issuer, algorithms: ["EdDSA", "ES256"], clockTolerance: 30 },
      ...{ requiredClaims: ["sub", "iat", "exp"], ...kinds[kind] },
    });
    const verified = { issuer, subject: payload.sub ?? "" };
    const ttl = (payload.exp ?? 0) * 1_000 - Date.now();
    if (ttl > 0) remembered.set(`${kind} ${token}`, verified, { ttl });
    return verified;
  }
}

function issuerOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  return String(claims.iss);
}

const ticketSeconds = 3_600;

/** Its own tickets, one for each service, signed anew when half of their life is over. */
export function createSigner(name: string, key: JWK) {
  const made = new Map<string, { ticket: Promise<string>; untilMs: number }>();
  return (audience: string): Promise<string> => {
    const old = made.get(audience);
    if (old && old.untilMs > Date.now()) return old.ticket;
    const ticket = new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: key.kid ?? "", typ: kinds.service.typ })
      .setIssuer(name)
      .setSubject(name)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${ticketSeconds}s`)
      .sign(key);
    made.set(audience, { ticket, untilMs: Date.now() + (ticketSeconds * 1_000) / 2 });
    return ticket;
  };
}
