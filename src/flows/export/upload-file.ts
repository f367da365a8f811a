import { newBlobKey } from "../../blobs/blob-key.ts";
import { BlobError, type StoredBlob } from "../../blobs/blob-store.ts";
import { TakeoutError } from "../../domain/errors.ts";
import { awaitsFiles } from "../../domain/export-part.ts";
import { isFileName } from "../../domain/file-name.ts";
import { findUploadTarget, keepUpload } from "../../store/exports/files.ts";
import { openFileNames } from "../../store/exports/names.ts";
import { hasKeyOf } from "../../store/seal.ts";
import type { FlowContext } from "../context.ts";
import { discardBlobs } from "./discard-blobs.ts";

export interface UploadInput {
  readonly exportId: string;
  /** The caller's own name. */
  readonly service: string;
  readonly name: string;
  /** Read only as fast as it is stored. What it throws as a TakeoutError is thrown again. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What the sender says that it is, in hexadecimal digits. */
  readonly sha256: string | null;
}

/**
 * Takes one file of a service's part. It is there as a whole once this returns, or not at all; of two at once with one
 * name, one stands.
 *
 * @throws TakeoutError `filename_invalid`, `not_found`, `part_closed`, `too_many_files`, `body_too_large`,
 * `digest_mismatch`, `bad_request` (it broke off), `storage_full`, `unavailable`.
 * Source: contract 8.
 */
export async function uploadFile(
  context: FlowContext,
  input: UploadInput,
): Promise<Pick<StoredBlob, "bytes" | "sha256">> {
  const { exportId, service, name } = input;
  if (!isFileName(name)) throw new TakeoutError("filename_invalid");
  const target = await findUploadTarget(context.store, exportId, service);
  if (!target || target.attempt === 0) throw new TakeoutError("not_found");
  if (!awaitsFiles(target) || target.key === null) throw new TakeoutError("part_closed");
  if (!hasKeyOf(context.keyring, target.key)) throw new TakeoutError("unavailable");
  const names = openFileNames(context.keyring, exportId, target.key);
  const blobKey = newBlobKey("file");
  const stored = await store(context, blobKey, input);
  if (input.sha256 !== null && input.sha256 !== stored.sha256) {
    await discardBlobs(context, [blobKey]);
    throw new TakeoutError("digest_mismatch");
  }
  const silenceMs = context.registry.findService(service)?.reportWithinMs ?? 0;
  const file = {
    ...stored,
    blobKey,
    blobFrom: 0,
    nameHash: names.hash(service, name),
    sealedName: names.seal(service, name),
  };
  const uploaded = await keepUpload(context.store, { exportId, service }, file, silenceMs);
  if (uploaded.kind === "kept") {
    if (uploaded.replaced !== null) await discardBlobs(context, [uploaded.replaced]);
    return { bytes: stored.bytes, sha256: stored.sha256 };
  }
  await discardBlobs(context, [blobKey]);
  throw new TakeoutError(uploaded.kind === "closed" ? "part_closed" : "too_many_files");
}

async function store(
  { blobs, rules }: FlowContext,
  key: string,
  { body }: UploadInput,
): Promise<StoredBlob> {
  try {
    return await blobs.put(key, body, { maxBytes: rules.mostUploadBytes });
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    throw toTakeoutError(error);
  }
}

function toTakeoutError(error: BlobError): TakeoutError {
  switch (error.code) {
    case "too_large":
      return new TakeoutError("body_too_large");
    case "full":
      return new TakeoutError("storage_full", { retryAfterSeconds: 60, cause: error });
    case "unavailable":
      return new TakeoutError("unavailable", { retryAfterSeconds: 5, cause: error });
    case "aborted":
      return error.cause instanceof TakeoutError
        ? error.cause
        : new TakeoutError("bad_request", { detail: "The body broke off" });
  }
}
