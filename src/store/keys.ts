import { createHash, hkdfSync } from "node:crypto";
import { createHmacSha256, type Hmac } from "./hmac.ts";

/** Keys derived from one `TAKEOUT_SECRET`, apart by purpose, so that one says nothing of the other. */
export interface DerivedKeys {
  /** Names the secret in rows; says nothing about it. */
  readonly sealKeyId: string;
  readonly sealKey: Buffer;
  /** With the key for subjects and whatever else is stored as a hash. */
  readonly subjectHmac: Hmac;
}

/** The newest secret first; rows of the older ones are still found and opened. */
export interface Keyring {
  readonly current: DerivedKeys;
  readonly all: readonly DerivedKeys[];
}

/** @param secrets - 32 bytes each, the current one first (contract 12). */
export function deriveKeyring(secrets: readonly [Buffer, ...Buffer[]]): Keyring {
  const [current, ...old] = secrets;
  const currentKeys = deriveKeys(current);
  return { current: currentKeys, all: [currentKeys, ...old.map(deriveKeys)] };
}

function deriveKeys(secret: Buffer): DerivedKeys {
  const derive = (info: string) => Buffer.from(hkdfSync("sha256", secret, "", info, 32));
  const sealKey = derive("takeout/seal/v1");
  const sealKeyId = createHash("sha256").update(sealKey).digest("hex").slice(0, 16);
  return { sealKeyId, sealKey, subjectHmac: createHmacSha256(derive("takeout/subject/v1")) };
}

/**
 * A keyed 128-bit hash in the form of a uuid, which PostgreSQL stores in 16 bytes.
 *
 * @param purpose - keeps hashes of equal values for different things apart.
 */
export function keyedHash(hmac: Hmac, purpose: string, value: string | Uint8Array): string {
  return toUuid(hashInHex(hmac, purpose, value));
}

/**
 * A keyed 96-bit hash of a uid behind 32 bits that name the secret. A hash cannot be made anew without the
 * uid, so the rows of a secret that is no longer current can only be told by this: they are one range of
 * every index that begins with the subject.
 */
export function subjectHash(keys: DerivedKeys, uid: string): string {
  return toUuid(subjectTag(keys) + hashInHex(keys.subjectHmac, "uid", uid));
}

/** The first and the last subject that a secret can make. */
export function subjectRange(keys: DerivedKeys): { readonly from: string; readonly to: string } {
  const tag = subjectTag(keys);
  return { from: toUuid(tag + "0".repeat(24)), to: toUuid(tag + "f".repeat(24)) };
}

function subjectTag({ sealKeyId }: DerivedKeys): string {
  return sealKeyId.slice(0, 8);
}

function hashInHex(hmac: Hmac, purpose: string, value: string | Uint8Array): string {
  if (typeof value === "string") return hmac(Buffer.from(`${purpose}\0${value}`));
  return hmac(Buffer.concat([Buffer.from(`${purpose}\0`), value]));
}

function toUuid(hex: string): string {
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${groups.join("-")}-${hex.slice(20, 32)}`;
}
