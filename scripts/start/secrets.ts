import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Reads a file that only its owner may read; on the first run makes it, whole or not at all. */
export async function keepSecret(path: string, create: () => string): Promise<string> {
  if (!existsSync(path)) await writeWhole(path, create(), 0o600);
  return readFile(path, "utf8");
}

/** 32 bytes in base64, as TAKEOUT_SECRET wants it. */
export function newSecret(): string {
  return randomBytes(32).toString("base64");
}

/** A private Ed25519 key as JSON Web Key, with its RFC 7638 thumbprint as `kid`. */
export function newSigningKey(): string {
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
  return JSON.stringify({ kty, crv, x, d, kid, alg: "EdDSA", use: "sig" });
}

/** The key set that others may know of a private key. */
export function publicKeySet(signingKey: string): string {
  const { d: _private, ...key } = JSON.parse(signingKey);
  return JSON.stringify({ keys: [key] }, undefined, 2);
}

export async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, text, { mode });
  await rename(beside, path);
}
