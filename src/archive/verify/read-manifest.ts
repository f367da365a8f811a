import { manifestFormat } from "../manifest.ts";

/** A manifest as a stranger may have written it, reduced to what is checked and shown. */
export interface ReadManifest {
  readonly hub: string;
  readonly jobId: string;
  readonly createdAt: string;
  /** Files of services and pages of the hub alike. */
  readonly files: readonly ManifestFile[];
  readonly missing: readonly { readonly service: string; readonly reason: string }[];
}

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** @returns what is wrong with it instead, as a sentence without its subject. */
export function readManifest(content: Buffer): ReadManifest | string {
  const value = parse(content);
  if (!isObject(value)) return "is no JSON object";
  if (value.format !== manifestFormat) return `is not of the format ${manifestFormat}`;
  const { hub, job_id: jobId, created_at: createdAt, files, pages, missing } = value;
  if (!isText(hub) || !isText(jobId) || !isText(createdAt)) return "does not say whose it is";
  const all = [
    ...(Array.isArray(files) ? files : [null]),
    ...(Array.isArray(pages) ? pages : [null]),
  ];
  if (!all.every(isFile))
    return "does not say of each file where it is, how large, and its SHA-256";
  const paths = new Set(all.map(({ path }) => path));
  if (paths.size < all.length) return "lists a file twice";
  if (!Array.isArray(missing) || !missing.every(isMissing)) return "does not say what is missing";
  return { hub, jobId, createdAt, files: all, missing };
}

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFile(value: unknown): value is ManifestFile {
  if (!isObject(value) || !isText(value.path) || !isText(value.sha256)) return false;
  return Number.isSafeInteger(value.bytes) && /^[0-9a-f]{64}$/.test(value.sha256);
}

function isMissing(value: unknown): value is ReadManifest["missing"][number] {
  return isObject(value) && isText(value.service) && isText(value.reason);
}
