import { findUnreferenced } from "../../store/exports/blobs.ts";
import type { FlowContext } from "../context.ts";

/** Longer than any upload or build takes to come into the ledger. */
const orphanAfterMs = 48 * 60 * 60 * 1000;
const kinds = ["file", "archive"] as const;
const batch = 500;

/**
 * Removes blobs that nothing leads to: what was uploaded or built when its process died, or when the ledger went away.
 * Idempotent.
 *
 * @param signal - ends it between two batches; the next run begins anew.
 * @throws TakeoutError `unavailable`; BlobError `unavailable`.
 */
export async function cleanBlobs(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { blobs, log } = context;
  const olderThan = new Date(Date.now() - orphanAfterMs);
  let count = await blobs.abortOrphans(olderThan);
  for (const kind of kinds) {
    for (let after: string | undefined; !signal?.aborted; ) {
      const keys: string[] = [];
      const options = { olderThan, limit: batch, ...(after !== undefined && { after }) };
      for await (const key of blobs.list(kind, options)) keys.push(key);
      const orphans = await findUnreferenced(context.store, keys);
      await blobs.remove(orphans);
      count += orphans.length;
      after = keys.at(-1);
      if (keys.length < batch) break;
    }
  }
  if (count > 0) log.info({ count }, "removed blobs that nothing led to");
}
