import { randomUUID } from "node:crypto";

const kindPattern = /^[a-z]{1,32}$/;
const keyPattern = /^[a-z]{1,32}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A key that was never used before. Nothing that came from outside is part of a key.
 *
 * @param kind - what it is for, in lower-case letters; objects are listed by it.
 */
export function newBlobKey(kind: string): string {
  return requireKey(`${kind}/${randomUUID()}`);
}

/** @throws TypeError for what `newBlobKey` could not have made. */
export function requireKey(key: string): string {
  if (!isBlobKey(key)) throw new TypeError("not a key of a blob");
  return key;
}

/** @throws TypeError */
export function requireKind(kind: string): string {
  if (!kindPattern.test(kind)) throw new TypeError("not a kind of blobs");
  return kind;
}

export function isBlobKey(key: string): boolean {
  return keyPattern.test(key);
}
