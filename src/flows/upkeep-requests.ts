import { deleteIdempotencyKeys, deleteRequestLinks, deleteRequests } from "../store/upkeep.ts";
import type { FlowContext } from "./context.ts";

/** Contract 10. */
const keepIdempotencyKeysMs = 24 * 60 * 60 * 1000;

/**
 * Forgets the portal's requests that are older than `keep.requests`, and the keys of operators' requests after
 * a day, in batches. Idempotent.
 *
 * @param signal - ends it between two batches; the next run goes on.
 * @throws TakeoutError `unavailable`.
 * Source: contract 5, 10 and 12.
 */
export async function forgetRequests(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { store, rules } = context;
  for (const deleteBatch of [deleteRequests, deleteRequestLinks]) {
    while (!signal?.aborted && (await deleteBatch(store, rules.keepRequestsMs)));
  }
  while (!signal?.aborted && (await deleteIdempotencyKeys(store, keepIdempotencyKeysMs)));
}
