import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { PutOptions, StoredBlob } from "./blob-store.ts";
import { measureBody } from "./body.ts";
import { toBlobError } from "./fs-errors.ts";

/** In one call. For more than this a system looks for memory that nobody has used yet, and that costs twice the time. */
const batchBytes = 256 * 1024;
/** Fewer than any system writes in one call. */
const batchChunks = 256;

interface Writing {
  /** Where it is written before it is whole. */
  readonly incoming: string;
  readonly target: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly options: PutOptions;
}

/**
 * Writes a file that is whole and on the disk before its name exists: written beside, flushed, renamed, and
 * the folder with the name flushed too.
 *
 * @throws BlobError
 */
export async function writeFile({ incoming, target, body, options }: Writing): Promise<StoredBlob> {
  const beside = join(incoming, `${basename(target)}.${randomBytes(6).toString("hex")}`);
  const { chunks, measured } = measureBody(body, options);
  try {
    await writeBeside(beside, chunks);
    await makeFolder(dirname(target));
    await rename(beside, target);
    await syncFolder(dirname(target)).catch((error) => removeAndThrow(target, error));
    return measured();
  } catch (error) {
    return removeAndThrow(beside, toBlobError(error));
  }
}

/** What cannot be removed is an orphan. */
async function removeAndThrow(path: string, error: unknown): Promise<never> {
  await rm(path, { force: true }).catch(() => {});
  throw error;
}

async function writeBeside(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await writeChunks(file, chunks);
  await file.sync();
}

/** While one batch is being written the next one is gathered: two are in memory at most. */
async function writeChunks(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let written: Promise<void> = Promise.resolve();
  try {
    for await (const batch of inBatches(chunks)) {
      await written;
      written = writeAll(file, batch);
      written.catch(() => {}); // it is heard of at the next batch
    }
  } finally {
    await written;
  }
}

async function* inBatches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) continue;
    batch.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < batchBytes && batch.length < batchChunks) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A system may write less than asked for; a full one does before it says so. */
async function writeAll(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  let left = batch;
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left);
    left = dropBytes(left, bytesWritten);
  }
}

function dropBytes(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let toDrop = bytes;
  return chunks.flatMap((chunk) => {
    const dropped = Math.min(toDrop, chunk.byteLength);
    toDrop -= dropped;
    return dropped === chunk.byteLength ? [] : [chunk.subarray(dropped)];
  });
}

/** Makes a folder whose name outlives a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be flushed there
  await using handle = await open(folder, "r");
  await handle.sync();
}
