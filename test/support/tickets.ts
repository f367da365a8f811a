import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** A client of the hub with a key of its own, as the hub's configuration knows it. */
export interface TestClient {
  readonly name: string;
  readonly privateJwk: JWK;
  readonly jwks: { readonly keys: readonly JWK[] };
  serviceTicket(audience?: string): Promise<string>;
  userTicket(subject: string, audience?: string): Promise<string>;
}

export async function createClient(name: string, kid = `${name}-1`): Promise<TestClient> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const privateJwk = { ...(await exportJWK(privateKey)), kid, alg: "EdDSA" };
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: "EdDSA" };
  const sign = (typ: string, sub: string, audience: string, seconds: number) => {
    // Read once: between two readings a second may begin, and the ticket would live for too long.
    const issuedAt = Math.floor(Date.now() / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid, typ })
      .setIssuer(name)
      .setSubject(sub)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(privateKey);
  };
  return {
    name,
    privateJwk,
    jwks: { keys: [publicJwk] },
    serviceTicket: (audience = "takeout") => sign("service-ticket+jwt", name, audience, 3_600),
    userTicket: (subject, audience = "takeout") => sign("user-ticket+jwt", subject, audience, 900),
  };
}
