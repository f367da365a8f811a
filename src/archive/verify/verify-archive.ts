import { createHash } from "node:crypto";
import type { JWK } from "jose";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { manifestName, signatureName } from "../manifest.ts";
import { checkSignature, type Signature } from "./check-signature.ts";
import { type ManifestFile, type ReadManifest, readManifest } from "./read-manifest.ts";

/** What is to be said of an archive. It is sound where there are no problems and its signature is good. */
export interface Verification {
  /** Each names the entry that it is about. */
  readonly problems: readonly Problem[];
  readonly signature: Signature;
  /** Null where there is none that can be read. */
  readonly manifest: ReadManifest | null;
}

export interface Problem {
  /** An entry's name as it stands there: any text. */
  readonly path: string;
  readonly what: string;
}

/** The file is not there, or no ZIP. */
export class UnreadableArchiveError extends Error {
  override readonly name = "UnreadableArchiveError";
}

const mostEntries = 200_000;
const mostManifestBytes = 64 * 1024 * 1024;
const mostSignatureBytes = 64 * 1024;

/**
 * Holds an archive against its manifest, and the manifest against its signature. Reads each entry once, as a
 * stream.
 *
 * @param keys - public keys that are believed; null for none: then anybody may have made it.
 * @throws UnreadableArchiveError
 */
export async function verifyArchive(
  path: string,
  keys: readonly JWK[] | null,
): Promise<Verification> {
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false }).catch(
    toUnreadable,
  );
  try {
    const { entries, problems } = await listEntries(zip);
    const manifestBytes = await readSmall(zip, entries.get(manifestName), mostManifestBytes);
    const jws = await readSmall(zip, entries.get(signatureName), mostSignatureBytes);
    const manifest = manifestBytes
      ? readManifest(manifestBytes)
      : "is not there, or cannot be read";
    if (typeof manifest === "string") {
      const problem = { path: manifestName, what: manifest };
      return {
        problems: [...problems, problem],
        signature: { kind: "not_checked" },
        manifest: null,
      };
    }
    const signature: Signature =
      jws && manifestBytes
        ? await checkSignature(jws.toString(), manifestBytes, keys)
        : { kind: "bad", why: `${signatureName} is not there, or cannot be read` };
    const found = await checkFiles(zip, entries, manifest.files);
    return { problems: [...problems, ...found], signature, manifest };
  } finally {
    zip.close();
  }
}

function toUnreadable(cause: unknown): never {
  throw new UnreadableArchiveError("not there, or no ZIP", { cause });
}

async function listEntries(zip: ZipFile) {
  const entries = new Map<string, Entry>();
  const problems: Problem[] = [];
  if (zip.entryCount > mostEntries) throw new UnreadableArchiveError("has too many entries");
  try {
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileNameRaw.toString();
      if (entries.has(path)) problems.push({ path, what: "is there twice" });
      if (!isSafe(path)) problems.push({ path, what: "would be unpacked elsewhere" });
      entries.set(path, entry);
    }
  } catch (error) {
    toUnreadable(error);
  }
  return { entries, problems };
}

function isSafe(path: string): boolean {
  return !/^(\/|[A-Za-z]:)|\\|(^|\/)\.\.(\/|$)/.test(path);
}

async function checkFiles(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  files: readonly ManifestFile[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const listed = new Set([manifestName, signatureName, ...files.map(({ path }) => path)]);
  const present = files.flatMap((file) => {
    const entry = entries.get(file.path);
    if (entry === undefined) problems.push({ path: file.path, what: "is missing" });
    return entry === undefined ? [] : [{ file, entry }];
  });
  // In the order in which they lie there.
  present.sort((one, other) => offsetOf(one.entry) - offsetOf(other.entry));
  for (const { file, entry } of present) {
    const what = await checkFile(zip, entry, file);
    if (what !== null) problems.push({ path: file.path, what });
  }
  for (const path of entries.keys()) {
    if (!listed.has(path)) problems.push({ path, what: "is not in the manifest" });
  }
  return problems;
}

function offsetOf({ relativeOffsetOfLocalHeader }: Entry): number {
  return relativeOffsetOfLocalHeader;
}

async function checkFile(zip: ZipFile, entry: Entry, file: ManifestFile): Promise<string | null> {
  if (entry.uncompressedSize !== file.bytes) {
    return `has ${entry.uncompressedSize} bytes instead of ${file.bytes}`;
  }
  try {
    if (!(await isNamedAlike(zip, entry))) return "has two names";
    const hash = createHash("sha256");
    for await (const chunk of await zip.openReadStreamPromise(entry)) hash.update(chunk as Buffer);
    return hash.digest("hex") === file.sha256 ? null : "was changed: its SHA-256 is another";
  } catch {
    return "cannot be unpacked";
  }
}

/** Some readers go by the directory at the end and others by what stands before the content. */
async function isNamedAlike(zip: ZipFile, entry: Entry): Promise<boolean> {
  const { fileName } = await zip.readLocalFileHeaderPromise(entry);
  return fileName.equals(entry.fileNameRaw);
}

async function readSmall(
  zip: ZipFile,
  entry: Entry | undefined,
  most: number,
): Promise<Buffer | null> {
  if (entry === undefined || entry.uncompressedSize > most) return null;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return null;
  }
}
