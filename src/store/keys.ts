import { createHash, createHmac, hkdfSync } from "node:crypto";

/** Keys derived from one `TAKEOUT_SECRET`, apart by purpose, so that one says nothing of the other. */
export interface DerivedKeys {
  /** Names the sealing key in rows; says nothing about it. */
  readonly sealKeyId: string;
  readonly sealKey: Buffer;
  readonly subjectKey: Buffer;
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
  return { sealKeyId, sealKey, subjectKey: derive("takeout/subject/v1") };
}

/**
 * A keyed 128-bit hash in the form of a uuid, which PostgreSQL stores in 16 bytes.
 *
 * @param purpose - keeps hashes of equal values for different things apart.
 */
export function keyedHash(key: Buffer, purpose: string, value: string | Uint8Array): string {
  const hex = createHmac("sha256", key).update(`${purpose}\0`).update(value).digest("hex");
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
