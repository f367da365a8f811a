import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from "jose";
import { Misuse } from "../misuse.ts";

/** A private JWK (Ed25519, or EC P-256): the object, or its JSON. */
export type SigningKey = string | JWK;

/** A private key ready to sign with. */
export interface ImportedKey {
  alg: "EdDSA" | "ES256";
  kid: string;
  key: CryptoKey;
}

/**
 * Checks a signing key at once, so that a wrong one is seen at start and not at the first report.
 * @throws TypeError saying what to give. The key itself is never part of a message.
 */
export function checkSigningKey(value: SigningKey | undefined, option = "signingKey"): JWK {
  const jwk = typeof value === "string" ? parseJwk(value) : value;
  if (jwk && algorithmOf(jwk) && partsOf(jwk).every((part) => typeof part === "string")) return jwk;
  throw new TypeError(
    `${option}: give a private JWK, Ed25519 or EC P-256, as an object or as JSON`,
  );
}

/** Whatever the runtime cannot read a private key without. Source: RFC 7518, section 6.2; RFC 8037, section 2. */
function partsOf({ kty, d, x, y }: JWK): unknown[] {
  return kty === "EC" ? [d, x, y] : [d, x];
}

/** A key without `kid` gets its RFC 7638 thumbprint, as the hub's key sets do. */
export async function importSigningKey(jwk: JWK): Promise<ImportedKey> {
  const alg = algorithmOf(jwk);
  if (!alg) throw new TypeError("signingKey: this kind of key cannot sign tickets");
  const key = (await importJWK(jwk, alg).catch(() => {
    throw new Misuse("signingKey: give a whole private JWK; the runtime cannot read this one");
  })) as CryptoKey;
  return { alg, kid: jwk.kid || (await calculateJwkThumbprint(jwk)), key };
}

/** The one ticket algorithm a key serves, if any. Source: contract section 3. */
export function algorithmOf(jwk: JWK): "EdDSA" | "ES256" | undefined {
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return "EdDSA";
  if (jwk.kty === "EC" && jwk.crv === "P-256") return "ES256";
  return undefined;
}

function parseJwk(text: string): JWK | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
