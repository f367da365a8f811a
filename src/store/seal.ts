import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { Identity } from "../domain/identity.ts";
import type { DerivedKeys, Keyring } from "./keys.ts";

/** What a deletion needs to name the user to services: kept sealed, destroyed when it is not needed. */
export interface Snapshot {
  /** What services send as `yandex_uid` in reports. */
  readonly reportUid: string;
  /** The portal's `request_id`, passed on to services. */
  readonly requestId: string | null;
  readonly identity: Identity;
}

/** A data key under the hub's sealing key. */
export type WrappedKey = Pick<SealedSnapshot, "wrapped" | "sealKeyId">;

/** A snapshot as stored: the body under a data key of its own, that key under the hub's sealing key. */
export interface SealedSnapshot {
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
  readonly sealKeyId: string;
}

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/** Seals a snapshot for one deletion: it does not open under another's id. */
export function sealSnapshot(
  keys: DerivedKeys,
  deletionId: string,
  snapshot: Snapshot,
): SealedSnapshot {
  const dataKey = randomBytes(32);
  return {
    sealed: encrypt(dataKey, Buffer.from(JSON.stringify(snapshot)), bodyBinding(deletionId)),
    wrapped: encrypt(keys.sealKey, dataKey, keyBinding(deletionId, keys)),
    sealKeyId: keys.sealKeyId,
  };
}

/** @throws Error when no live secret opens it, or it was moved or altered. */
export function openSnapshot(
  keyring: Keyring,
  deletionId: string,
  stored: SealedSnapshot,
): Snapshot {
  const dataKey = openDataKey(keyring, deletionId, stored);
  const body = decrypt(dataKey, stored.sealed, bodyBinding(deletionId));
  return JSON.parse(body.toString("utf8")) as Snapshot;
}

/** Whether this process has the secret for it: in a rotation another may have sealed it by one of its own. */
export function hasKeyOf(
  keyring: Keyring,
  { sealKeyId }: Pick<SealedSnapshot, "sealKeyId">,
): boolean {
  return keyring.all.some((keys) => keys.sealKeyId === sealKeyId);
}

/** Wraps a snapshot's data key by the current secret; the body stays as it is. @throws as `openSnapshot`. */
export function rewrapSnapshot(
  keyring: Keyring,
  deletionId: string,
  stored: SealedSnapshot,
): SealedSnapshot {
  return { ...stored, ...rewrapKey(keyring, deletionId, stored) };
}

/** The data key alone, wrapped by the current secret. @throws as `openSnapshot`. */
export function rewrapKey(keyring: Keyring, deletionId: string, stored: WrappedKey): WrappedKey {
  const { current } = keyring;
  const wrapped = encrypt(
    current.sealKey,
    openDataKey(keyring, deletionId, stored),
    keyBinding(deletionId, current),
  );
  return { wrapped, sealKeyId: current.sealKeyId };
}

/** The key that a snapshot is sealed with. @throws as `openSnapshot`. */
export function openDataKey(keyring: Keyring, deletionId: string, stored: WrappedKey): Buffer {
  const keys = keyring.all.find(({ sealKeyId }) => sealKeyId === stored.sealKeyId);
  if (!keys) throw new Error(`no secret opens snapshots sealed by key ${stored.sealKeyId}`);
  return decrypt(keys.sealKey, stored.wrapped, keyBinding(deletionId, keys));
}

// The body is not bound to the sealing key, so that a rotation wraps the data key anew and nothing else.
function bodyBinding(deletionId: string): string {
  return `deletion:${deletionId}|snapshot`;
}

function keyBinding(deletionId: string, keys: DerivedKeys): string {
  return `deletion:${deletionId}|${keys.sealKeyId}|key`;
}

/**
 * With a key object, because node finds out by an error that a buffer is none, which takes longer than to encrypt.
 *
 * @param bound - what it belongs to: it opens nowhere else.
 */
export function encrypt(key: Buffer, plain: Buffer, bound: string): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, createSecretKey(key), iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(bound));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error where it was moved or altered. */
export function decrypt(key: Buffer, stored: Buffer, bound: string): Buffer {
  const iv = stored.subarray(0, ivBytes);
  const decipher = createDecipheriv(algorithm, createSecretKey(key), iv, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(stored.subarray(-tagBytes));
  return Buffer.concat([decipher.update(stored.subarray(ivBytes, -tagBytes)), decipher.final()]);
}
