import { forgetAnswers } from "../store/idempotency.ts";
import { deleteRequestLinks, deleteRequests } from "../store/upkeep.ts";
import type { FlowContext } from "./context.ts";

/**
 * Forgets the portal's requests that are older than `keep.requests`, and what was answered to
 * operators' once its time is over, in batches. Idempotent.
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
  while (!signal?.aborted && (await forgetAnswers(store)));
}
