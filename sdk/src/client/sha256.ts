import type { createHash } from "node:crypto";

/** A SHA-256 of what comes in pieces. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** In hexadecimal digits. */
  digest(): string;
}

/**
 * Web Crypto knows no digest in pieces. Node 20.16, Bun, Deno and workers with Node's compatibility
 * give their own this way, without an import that would bar other runtimes; there it is undefined.
 */
export function startSha256(): Sha256 | undefined {
  const runtime = globalThis as {
    process?: { getBuiltinModule?(name: string): { createHash?: typeof createHash } | undefined };
  };
  const hash = runtime.process?.getBuiltinModule?.("node:crypto")?.createHash?.("sha256");
  return hash && { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}
