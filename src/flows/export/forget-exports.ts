import { deleteExportRequests, deleteOldExports } from "../../store/exports/upkeep.ts";
import type { FlowContext } from "../context.ts";

/**
 * Forgets exports and the requests for them after `keep.requests`, in batches. What still has an archive or files is
 * never touched. Idempotent.
 *
 * @param signal - ends it between two batches; the next run goes on.
 * @throws TakeoutError `unavailable`.
 * Source: contract 12, `keep.requests`; design, rule 10.
 */
export async function forgetExports(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { store, rules } = context;
  for (const deleteBatch of [deleteExportRequests, deleteOldExports]) {
    while (!signal?.aborted && (await deleteBatch(store, rules.keepRequestsMs)));
  }
}
