import { countEvents, recountParts } from "../store/part-counts.ts";
import type { FlowContext } from "./context.ts";
import { logNoticed } from "./log-noticed.ts";

/**
 * Counts what has happened to parts since it ran last: how many are closed, and how fast services are. What the
 * deadline ended is noted for channels of notification. Idempotent; one process at a time.
 *
 * @param signal - ends it between two batches; the next run goes on.
 * @throws TakeoutError `unavailable`.
 * Source: contract 11.
 */
export async function countParts(context: FlowContext, signal?: AbortSignal): Promise<void> {
  for (let isMore = true; isMore && !signal?.aborted; ) {
    const batch = await countEvents(context.store);
    const ended = batch.ended.map((row) => ({ ...row, threshold: "deadline" as const }));
    logNoticed(context.log, ended);
    isMore = batch.isMore;
  }
  if (!signal?.aborted) await recountParts(context.store);
}
