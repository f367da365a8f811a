import { verify } from "node:crypto";
import { createRequire } from "node:module";
import type { TicketKey } from "./client-keys.ts";

/** Says whether this key signed this ticket. It does so in node's thread pool: the event loop goes on. */
export type SignatureCheck = (key: TicketKey, token: string) => Promise<boolean>;

/** What is called of `@node-rs/jsonwebtoken`. */
interface JsonWebToken {
  /** Rejects where the signature is another's. */
  verify(token: string, pem: string, validation: object): Promise<unknown>;
}

/**
 * Of a new ticket the signature is the dearest part. EdDSA takes that library half as long as it takes node, ES256 twice as
 * long, so each goes to the one that is faster at it.
 */
export const verifySignature: SignatureCheck = preferNative(loadNative());

/** @param native - where this machine has no build of it, node checks all signatures. */
export function preferNative(native: JsonWebToken | undefined): SignatureCheck {
  if (native === undefined) return verifyWithNode;
  return (key, token) =>
    key.alg === "EdDSA" ? verifyNatively(native, key, token) : verifyWithNode(key, token);
}

function loadNative(): JsonWebToken | undefined {
  try {
    // The build itself: what wraps it wants one for every kind of machine in the lockfile.
    return createRequire(import.meta.url)("@node-rs/jsonwebtoken-linux-x64-gnu");
  } catch {
    return undefined;
  }
}

/** The claims have been judged before. */
const signatureOnly = { algorithms: ["EdDSA"], requiredSpecClaims: [], validateExp: false };

async function verifyNatively(
  native: JsonWebToken,
  { pem }: TicketKey,
  token: string,
): Promise<boolean> {
  try {
    await native.verify(token, pem, signatureOnly);
    return true;
  } catch {
    return false;
  }
}

/** Source: RFC 7518, section 3.4 (ES256, both halves side by side); RFC 8037, section 3.1 (EdDSA). */
function verifyWithNode({ alg, key }: TicketKey, token: string): Promise<boolean> {
  const dot = token.lastIndexOf(".");
  const signed = Buffer.from(token.slice(0, dot), "ascii");
  const signature = Buffer.from(token.slice(dot + 1), "base64url");
  const digest = alg === "ES256" ? "sha256" : null;
  const options = alg === "ES256" ? ({ key, dsaEncoding: "ieee-p1363" } as const) : key;
  return new Promise((resolve) => {
    verify(digest, signed, options, signature, (error, isValid) => resolve(!error && isValid));
  });
}
