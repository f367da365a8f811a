import {
  expireArchives,
  findSpentArchives,
  findSpentExports,
  forgetArchives,
  mostExpired,
  purgeFiles,
} from "../../store/exports/upkeep.ts";
import type { FlowContext } from "../context.ts";
import { discardBlobs } from "./discard-blobs.ts";

/**
 * Removes what exports need no longer: archives after `export.keep`, those that were replaced once links to them are
 * over, and services' files once nothing can be tried again. Idempotent; each removal is remembered when it is done.
 *
 * @param signal - ends it between two batches; the next run goes on.
 * @throws TakeoutError `unavailable`; BlobError `unavailable`.
 * Source: contract 8.
 */
export async function expireExports(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { store, blobs } = context;
  while (!signal?.aborted && (await expireArchives(store)) === mostExpired);
  // Before what the store of blobs may refuse: with the files goes whatever names the user.
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const ids = await findSpentExports(store);
    for (const id of ids) await purge(context, id, signal);
    isMore = ids.length > 0;
  }
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const archives = await findSpentArchives(store);
    await blobs.remove(archives.map(({ blobKey }) => blobKey));
    await forgetArchives(
      store,
      archives.map(({ id }) => id),
    );
    isMore = archives.length > 0;
  }
}

/** Rows first: a retry must find all files or none. Blobs that a crash leaves are found among the orphans. */
async function purge(context: FlowContext, id: string, signal?: AbortSignal): Promise<void> {
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const purged = await purgeFiles(context.store, id);
    await discardBlobs(context, purged.blobKeys);
    isMore = purged.isMore;
  }
}
