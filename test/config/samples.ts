import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new key pair as JSON Web Keys, bare as node makes them. */
export function makeKey(alg: "EdDSA" | "ES256" = "EdDSA") {
  const pair =
    alg === "EdDSA"
      ? generateKeyPairSync("ed25519")
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateJwk: pair.privateKey.export({ format: "jwk" }),
    publicJwk: pair.publicKey.export({ format: "jwk" }),
  };
}

/** A folder of its own that goes when the block ends. */
export function makeFolder(files: Readonly<Record<string, string>> = {}) {
  const path = mkdtempSync(join(tmpdir(), "takeout-config-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** One inline key for whoever needs some key. */
export const someKeys = JSON.stringify({ keys: [makeKey().publicJwk] });

/** The least that is a configuration: one category, one service. */
export const smallest = `
categories: [{ id: "1", slug: favorites }]
services:
  realty: { url: "http://127.0.0.1:4101", keys: ${someKeys} }
`;
