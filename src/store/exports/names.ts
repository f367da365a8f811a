import { createHmac } from "node:crypto";
import { createHmacSha256 } from "../hmac.ts";
import { type Keyring, keyedHash } from "../keys.ts";
import { decrypt, encrypt, openDataKey, type WrappedKey } from "../seal.ts";

/** How the ledger knows the names of an export's files, which may name a person: sealed, and by a keyed hash. */
export interface FileNames {
  hash(service: string, name: string): string;
  seal(service: string, name: string): Buffer;
  open(service: string, sealed: Buffer): string;
}

/**
 * Both keys come from the export's own, so that a rotation of the secret changes neither, and all are gone with it.
 *
 * @throws Error when no live secret opens the key.
 */
export function openFileNames(keyring: Keyring, exportId: string, stored: WrappedKey): FileNames {
  const dataKey = openDataKey(keyring, exportId, stored);
  const hmac = createHmacSha256(derive(dataKey, "names of files, hashed"));
  const sealKey = derive(dataKey, "names of files, sealed");
  const binding = (service: string) => `export:${exportId}|${service}|file`;
  return {
    hash: (service, name) => keyedHash(hmac, "file", `${service}\0${name}`),
    seal: (service, name) => encrypt(sealKey, Buffer.from(name), binding(service)),
    open: (service, sealed) => decrypt(sealKey, sealed, binding(service)).toString("utf8"),
  };
}

function derive(key: Buffer, purpose: string): Buffer {
  return createHmac("sha256", key).update(purpose).digest();
}
