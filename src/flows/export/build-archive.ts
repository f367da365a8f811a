import { randomUUID } from "node:crypto";
import { ArchiveError } from "../../archive/archive-error.ts";
import type { ArchivedFile } from "../../archive/write-archive.ts";
import { newBlobKey } from "../../blobs/blob-key.ts";
import { BlobError } from "../../blobs/blob-store.ts";
import type { ExportPart } from "../../domain/export-part.ts";
import { findWithoutRoom } from "../../domain/export-step.ts";
import { hasAllFiles, readExportFiles, type StoredExportFile } from "../../store/exports/files.ts";
import { type FileNames, openFileNames } from "../../store/exports/names.ts";
import type { FlowContext } from "../context.ts";
import type { StepEnd, StepRun } from "./do-step.ts";
import { storageCode } from "./keep-inline.ts";
import { missingOf } from "./missing.ts";

/** What no store of blobs takes as one object. */
const mostBytes = 5 * 1024 ** 4;
/** More than the hub adds for each file, and for all of them: names, entries, manifest, page. */
const ownBytes = { ofFile: 8 * 1024, ofAll: 64 * 1024 ** 2 };

/** Builds the archive, from the blob store into the blob store, in as much memory as one chunk needs. */
export async function buildArchive(context: FlowContext, run: StepRun): Promise<StepEnd> {
  const { id, key } = run.export;
  if (key === null) return { kind: "refused", code: "snapshot_gone" };
  // A copy without some of the services is better than none.
  if (findWithoutRoom(run.parts).length > 0) return { kind: "without_room" };
  const blobKey = newBlobKey("archive");
  // Loaded when there is something to build, for it takes its time.
  const { writeArchive } = await import("../../archive/write-archive.ts");
  const archive = writeArchive({
    jobId: id,
    createdAt: new Date(context.clock.now()),
    hub: context.rules.hubClient,
    files: listFiles(context, run, openFileNames(context.keyring, id, key)),
    missing: missingOf(run.parts),
    empty: run.parts.filter(({ state }) => state === "no_data").map(({ service }) => service),
    sign: context.signManifest,
  });
  const maxBytes = mostArchiveBytes(run.parts);
  const options = { maxBytes, signal: run.signal, hasCrc32: false };
  try {
    const { bytes, sha256 } = await context.blobs.put(blobKey, archive, options);
    return { kind: "done", archive: { id: randomUUID(), blobKey, bytes, sha256 } };
  } catch (error) {
    run.signal.throwIfAborted();
    const cause = error instanceof BlobError && error.code === "aborted" ? error.cause : error;
    if (cause instanceof ArchiveError) {
      // What the store gives is not what it was given: it may be otherwise another time.
      const kind = cause.code === "content_mismatch" ? "failed" : "refused";
      return { kind, code: cause.code };
    }
    if (!(cause instanceof BlobError)) throw cause;
    context.log.warn({ export_id: id, error: cause }, "the store of blobs failed a build");
    return { kind: "failed", code: storageCode(cause) };
  }
}

/** Never less than the archive has. A store may hold in memory more of what may become larger. */
function mostArchiveBytes(parts: readonly ExportPart[]): number {
  const files = parts.reduce((sum, part) => sum + part.files, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const most = bytes + Math.ceil(bytes / 64) + files * ownBytes.ofFile + ownBytes.ofAll;
  return Math.min(most, mostBytes);
}

/** @throws ArchiveError "file_missing" where there are not as many as the services gave. */
async function* listFiles(
  context: FlowContext,
  run: StepRun,
  names: FileNames,
): AsyncGenerator<ArchivedFile> {
  for await (const file of readExportFiles(context.store, run.export.id)) {
    yield {
      service: file.service,
      name: names.open(file.service, file.sealedName),
      bytes: file.bytes,
      sha256: file.sha256,
      crc32: file.crc32,
      producedAt: new Date(file.producedAt),
      open: (signal) => openFile(context, file, signal),
    };
  }
  // An archive never passes for whole when it is not; rows that are gone do not come back.
  if (!(await hasAllFiles(context.store, run.export.id))) throw new ArchiveError("file_missing");
}

/** @throws BlobError; also where the blob is not there any more. */
export async function openFile(
  { blobs }: FlowContext,
  { blobKey, blobFrom, bytes }: StoredExportFile,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  if (bytes === 0) return new Blob([]).stream();
  const range = { from: blobFrom, to: blobFrom + bytes - 1 };
  const opened = await blobs.get(blobKey, range, signal);
  if (!opened) throw new BlobError("unavailable", new Error("a file of an export is gone"));
  return opened.body;
}
