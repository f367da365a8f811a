import { generateKeyPairSync, randomUUID } from "node:crypto";

/** A new key of a service: what it signs with, and what the hub is given. */
export function createKey(): { privateKey: object; publicKeys: object } {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const key = { ...jwk, kid: randomUUID(), alg: "EdDSA", use: "sig" };
  const { d: _, ...publicKey } = key;
  return { privateKey: key, publicKeys: { keys: [publicKey] } };
}
