import { createHash } from "node:crypto";
import { mostArchivedFiles } from "../domain/export-step.ts";
import { ahead } from "./ahead.ts";
import { ArchiveError } from "./archive-error.ts";
import {
  describe,
  type ListedFile,
  manifestName,
  ownNames,
  pageName,
  type Subject,
  signatureName,
  writeManifest,
  writeStatement,
} from "./manifest.ts";
import { createNames } from "./names.ts";
import { createPreviews, type Watcher } from "./page/previews.ts";
import { writePage } from "./page/write-page.ts";
import {
  mostPackedBytes,
  pack,
  writeZip,
  ZipContentError,
  type ZipEntry,
} from "./zip/write-zip.ts";

/** A file of a service as it was uploaded. */
export interface ArchivedFile {
  readonly service: string;
  /** What the service called it: any text; the archive gives it a safe name. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /**
   * Known from the upload: a large content is held against it alone, at a third of the time of a second hash, for what a
   * store spoils by chance; who may write there on purpose may write the archive too. Without it, and where it is small, a
   * content is held against `sha256`. It spares some readers a record they do not understand, too.
   */
  readonly crc32?: number;
  readonly producedAt: Date;
  /** Opens its content; up to 8 small files are opened before their turn. The signal ends the archive. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface ArchiveInput extends Subject {
  /** Read once, as the archive is. Those of one service need not follow each other. */
  readonly files: AsyncIterable<ArchivedFile>;
  /** What people call a service, by its name. */
  readonly titles?: ReadonlyMap<string, string>;
  /** Makes a compact JWS of what it is given (`createStatementSigner`). */
  readonly sign: (statement: Uint8Array) => Promise<string>;
}

const preparedAhead = 8;

/**
 * Writes the archive of an export: one ZIP with `service/file` for every file, `index.html` for people,
 * `manifest.json` for machines and `manifest.jws`, the hub's signature of it. Memory is bounded whatever the sizes;
 * who stops reading lets go of every file.
 *
 * @throws ArchiveError "content_mismatch" where a file is not what its upload was, "too_many_files"; and what
 *   `open` and its content throw. What was written by then is no archive.
 */
export async function* writeArchive(input: ArchiveInput): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  try {
    yield* writeZip(listEntries(input, stop.signal));
  } catch (error) {
    throw error instanceof ZipContentError ? new ArchiveError("content_mismatch", error) : error;
  } finally {
    stop.abort();
  }
}

async function* listEntries(input: ArchiveInput, signal: AbortSignal): AsyncGenerator<ZipEntry> {
  const names = createNames(ownNames);
  const previews = createPreviews();
  const files: ListedFile[] = [];
  yield* ahead(input.files, preparedAhead, async (file) => {
    if (files.length === mostArchivedFiles) throw new ArchiveError("too_many_files");
    const { service, name, bytes, sha256, producedAt } = file;
    const path = names.pathOf(service, name);
    files.push({ path, service, name, bytes, sha256, producedAt });
    const chunks = check(file, signal, previews.watch({ service, name, path }));
    return { path, modifiedAt: producedAt, content: await toContent(file, chunks) };
  });
  yield* listOwnEntries(input, files, previews.rendered);
}

/** What is small is read and packed before its turn: then there is no waiting for each of thousands. */
async function toContent(
  { bytes, crc32 }: ArchivedFile,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ZipEntry["content"]> {
  if (bytes > mostPackedBytes) {
    return { kind: "streamed", chunks, bytes, ...(crc32 !== undefined && { crc32 }) };
  }
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return pack(Buffer.concat(all));
}

/** Reads a file when it is asked to, as long as it is what its upload was. */
async function* check(
  file: ArchivedFile,
  signal: AbortSignal,
  preview: Watcher | null,
): AsyncGenerator<Uint8Array> {
  const hasOtherCheck = file.crc32 !== undefined && file.bytes > mostPackedBytes;
  const hash = hasOtherCheck ? null : createHash("sha256");
  let bytes = 0;
  for await (const chunk of await file.open(signal)) {
    bytes += chunk.byteLength;
    if (bytes > file.bytes) throw new ArchiveError("content_mismatch");
    hash?.update(chunk);
    preview?.take(chunk);
    yield chunk;
  }
  const isSame = bytes === file.bytes && (hash === null || hash.digest("hex") === file.sha256);
  if (!isSame) throw new ArchiveError("content_mismatch");
  preview?.end();
}

async function* listOwnEntries(
  { titles = new Map(), sign, ...subject }: ArchiveInput,
  files: readonly ListedFile[],
  previews: ReadonlyMap<string, string>,
): AsyncGenerator<ZipEntry> {
  const toEntry = async (path: string, data: Buffer): Promise<ZipEntry> => {
    const modifiedAt = subject.createdAt;
    if (data.length <= mostPackedBytes) return { path, modifiedAt, content: await pack(data) };
    const chunks = ReadableStream.from([data]);
    const content = { kind: "streamed", chunks, bytes: data.length } as const;
    return { path, modifiedAt, content };
  };
  const shown = files.map((file) => {
    const preview = previews.get(file.path);
    return preview === undefined ? file : { ...file, preview };
  });
  const page = writePage({ subject, files: shown, titles });
  yield await toEntry(pageName, page);
  const manifest = writeManifest(subject, files, [describe(pageName, page)]);
  yield await toEntry(manifestName, manifest);
  const signature = await sign(writeStatement(subject, manifest));
  yield await toEntry(signatureName, Buffer.from(signature));
}
