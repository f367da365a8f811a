import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { newBlobKey } from "../../blobs/blob-key.ts";
import { BlobError } from "../../blobs/blob-store.ts";
import type { InlineFile } from "../../domain/export-outcome.ts";
import type { FlowContext } from "../context.ts";
import type { KeptFiles } from "./export-arrival.ts";

/** Longer than an answer can be once it is written again. */
const mostBytes = 64 << 20;

/** Keeps the files of one answer, however many there are, in one blob. */
export async function keepInline(
  context: FlowContext,
  inline: readonly InlineFile[],
): Promise<
  ({ readonly kind: "kept" } & KeptFiles) | { readonly kind: "not_kept"; readonly code: string }
> {
  const bodies = inline.map(({ text }) => Buffer.from(text));
  const blobKey = newBlobKey("file");
  try {
    await context.blobs.put(blobKey, chunksOf(bodies), { maxBytes: mostBytes });
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    return { kind: "not_kept", code: storageCode(error) };
  }
  let blobFrom = 0;
  const files = bodies.map((body, at) => {
    const file = {
      name: inline[at]?.name ?? "",
      blobFrom,
      bytes: body.byteLength,
      sha256: createHash("sha256").update(body).digest("hex"),
      crc32: crc32(body),
    };
    blobFrom += body.byteLength;
    return file;
  });
  return { kind: "kept", blobKey, files };
}

async function* chunksOf(bodies: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bodies;
}

/** How operators are told of a store that does not take or give what it should. */
export function storageCode(error: BlobError): string {
  return error.code === "full" ? "storage_full" : "storage_unavailable";
}
