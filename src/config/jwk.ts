import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  sign,
  verify,
} from "node:crypto";
import { quote } from "./fault.ts";

/** A public key that may check tickets, reduced to the members that matter. */
export type PublicJwk = { readonly kid: string; readonly use: "sig" } & (
  | {
      readonly kty: "EC";
      readonly crv: "P-256";
      readonly alg: "ES256";
      readonly x: string;
      readonly y: string;
    }
  | { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly alg: "EdDSA"; readonly x: string }
);

/** A key that signs tickets. */
export type PrivateJwk = PublicJwk & { readonly d: string };

/** The public keys of one client; several while keys are being rotated. */
export interface JsonWebKeySet {
  readonly keys: readonly PublicJwk[];
}

/** Either a key or what is wrong with it, to be read after the name of the place it stands in. */
export type Read<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "fault"; readonly message: string };

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** Reads a public key. Private members are refused: whoever shows them has given the key away. */
export function readPublicJwk(jwk: unknown): Read<PublicJwk> {
  if (!isJwk(jwk)) return fault("expected a JSON Web Key");
  if (privateMembers.some((member) => Object.hasOwn(jwk, member))) {
    return fault(
      "bears the private part of a key; only the public part belongs here, so replace the key",
    );
  }
  return readMembers(jwk);
}

/** Reads a private key; its two parts must belong together, or every ticket would be refused. */
export function readPrivateJwk(jwk: unknown): Read<PrivateJwk> {
  if (!isJwk(jwk)) return fault("expected a JSON Web Key");
  const { d, ...rest } = jwk;
  if (typeof d !== "string") return fault("lacks the private part of the key (d)");
  const read = readMembers(rest);
  if (read.kind === "fault") return read;
  const key = { ...read.value, d };
  return belongTogether(key) ? { kind: "ok", value: key } : fault("x or y do not belong to d");
}

/** The name a key has when it was given none: base64url SHA-256. Source: RFC 7638, section 3. */
function thumbprint(jwk: { kty: string; crv: string; x: string; y?: string }): string {
  const { crv, kty, x, y } = jwk;
  const members = kty === "EC" ? { crv, kty, x, y } : { crv, kty, x };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

/** Leaves the private part behind. */
export function publicPart({ d: _, ...jwk }: PrivateJwk): PublicJwk {
  return jwk;
}

function readMembers(jwk: JsonWebKey): Read<PublicJwk> {
  const { kty, crv } = jwk;
  const alg = algorithmOf(jwk);
  if (alg === undefined) {
    return fault(
      `expected an EC P-256 or an OKP Ed25519 key, got kty ${quote(kty)}, crv ${quote(crv)}`,
    );
  }
  if (jwk.alg !== undefined && jwk.alg !== alg) {
    return fault(`alg is ${quote(jwk.alg)}, but such a key signs with ${alg}`);
  }
  if (jwk.use !== undefined && jwk.use !== "sig") {
    return fault(`use is ${quote(jwk.use)}, expected "sig"`);
  }
  if (jwk.kid !== undefined && !isKid(jwk.kid)) {
    return fault("kid must be 1 to 256 visible ASCII characters");
  }
  const members = importMembers(jwk);
  if (members === undefined) return fault("is not a valid key");
  const kid = isKid(jwk.kid) ? jwk.kid : thumbprint(members);
  return { kind: "ok", value: { ...members, kid, alg, use: "sig" } as PublicJwk };
}

function algorithmOf({ kty, crv }: JsonWebKey): PublicJwk["alg"] | undefined {
  if (kty === "EC" && crv === "P-256") return "ES256";
  return kty === "OKP" && crv === "Ed25519" ? "EdDSA" : undefined;
}

/** Through node and back, so that what remains is a key and nothing else. */
function importMembers(jwk: JsonWebKey) {
  try {
    const members = createPublicKey({ key: jwk, format: "jwk" }).export({ format: "jwk" });
    return members as { kty: string; crv: string; x: string; y?: string };
  } catch {
    return undefined; // the reason is OpenSSL's and may quote the key
  }
}

/** Node takes an EC key whose halves are of two keys, so only a signature shows it. */
function belongTogether(key: PrivateJwk): boolean {
  const digest = key.alg === "ES256" ? "sha256" : null;
  const text = Buffer.from("takeout");
  try {
    const signature = sign(digest, text, createPrivateKey({ key, format: "jwk" }));
    return verify(
      digest,
      text,
      createPublicKey({ key: publicPart(key), format: "jwk" }),
      signature,
    );
  } catch {
    return false;
  }
}

function isKid(kid: unknown): kid is string {
  return typeof kid === "string" && /^[\x21-\x7e]{1,256}$/.test(kid);
}

function isJwk(value: unknown): value is JsonWebKey {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(message: string): { kind: "fault"; message: string } {
  return { kind: "fault", message };
}
