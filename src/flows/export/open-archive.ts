import { BlobError } from "../../blobs/blob-store.ts";
import { TakeoutError } from "../../domain/errors.ts";
import { findArchive, type LinkedArchive } from "../../store/exports/archives.ts";
import { openLink } from "../../store/exports/links.ts";
import type { FlowContext } from "../context.ts";

/** An archive that a link leads to, not opened yet. */
export interface FoundArchive extends LinkedArchive {
  /**
   * Opens it; the body must be read to its end or cancelled.
   *
   * @throws TakeoutError `export_expired`, `unavailable`.
   */
  open(range?: { readonly from: number; readonly to: number }): Promise<ReadableStream<Uint8Array>>;
}

/**
 * Finds what a link leads to. It works any number of times, for the archive that it was made for.
 *
 * @throws TakeoutError `not_found`: no link of this hub; `export_expired`, `unavailable`.
 * Source: contract 8.
 */
export async function openArchive(
  context: FlowContext,
  input: { readonly link: string },
): Promise<FoundArchive> {
  const link = openLink(context.keyring, input.link);
  if (!link) throw new TakeoutError("not_found");
  if (link.expiresAt <= context.clock.now()) throw new TakeoutError("export_expired");
  const archive = await findArchive(context.store, link.archiveId);
  if (!archive) throw new TakeoutError("export_expired");
  return {
    ...archive,
    async open(range) {
      const opened = await context.blobs.get(archive.blobKey, range).catch((error) => {
        if (!(error instanceof BlobError)) throw error;
        throw new TakeoutError("unavailable", { retryAfterSeconds: 5, cause: error });
      });
      if (!opened) throw new TakeoutError("export_expired");
      return opened.body;
    },
  };
}
