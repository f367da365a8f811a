import { createHash } from "node:crypto";

/** What stands beside the folders of the services. */
export const pageName = "index.html";
export const manifestName = "manifest.json";
export const signatureName = "manifest.jws";
export const ownNames = [pageName, manifestName, signatureName] as const;

/** A reader that knows another one does not know this one. */
export const manifestFormat = "takeout-archive/1";

/** One file of a service, as the manifest says it. */
export interface ListedFile {
  /** Where it lies in the archive. */
  readonly path: string;
  readonly service: string;
  /** What the service called it; `path` may have had to differ. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly producedAt: Date;
}

/** A service whose share is not in the archive, or not all of it. */
export interface Missing {
  readonly service: string;
  /** A code. */
  readonly reason: string;
}

/** Whose archive it is, and of what. */
export interface Subject {
  readonly hub: string;
  readonly jobId: string;
  readonly createdAt: Date;
  readonly missing: readonly Missing[];
  /** Services that said that they hold nothing. */
  readonly empty: readonly string[];
}

/** Bytes and hash of what the hub itself put in. */
export interface OwnFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json`: one line for each file, so that people and `grep` can read it too. */
export function writeManifest(
  { hub, jobId, createdAt, missing, empty }: Subject,
  files: readonly ListedFile[],
  pages: readonly OwnFile[],
): Buffer {
  const fields = [
    ["format", JSON.stringify(manifestFormat)],
    ["hub", JSON.stringify(hub)],
    ["job_id", JSON.stringify(jobId)],
    ["created_at", JSON.stringify(createdAt)],
    ["files", toLines(files.map(toWire))],
    ["pages", toLines(pages)],
    ["missing", toLines(missing)],
    ["empty", JSON.stringify(empty)],
  ].map(([name, value]) => `  "${name}": ${value}`);
  return Buffer.from(`{\n${fields.join(",\n")}\n}\n`);
}

function toWire({ path, service, name, bytes, sha256, producedAt }: ListedFile) {
  return { path, service, name, bytes, sha256, produced_at: producedAt };
}

function toLines(values: readonly unknown[]): string {
  if (values.length === 0) return "[]";
  return `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(",\n")}\n  ]`;
}

/** What is signed: it is as small as the manifest is large. */
export function writeStatement({ hub, jobId, createdAt }: Subject, manifest: Buffer): Buffer {
  return Buffer.from(
    JSON.stringify({
      iss: hub,
      sub: jobId,
      iat: Math.floor(createdAt.getTime() / 1000),
      manifest: describe(manifestName, manifest),
    }),
  );
}

export function describe(path: string, content: Uint8Array): OwnFile {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { path, bytes: content.byteLength, sha256 };
}
