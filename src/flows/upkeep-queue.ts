import { deleteDeadJobs } from "../store/upkeep.ts";
import type { FlowContext } from "./context.ts";

/** Long enough for somebody to look at what went wrong. */
const keepDeadJobsMs = 24 * 60 * 60 * 1000;

/** Deletes the queue's dead rows, in batches. Idempotent. @throws TakeoutError `unavailable`. */
export async function cleanQueue({ store }: FlowContext, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await deleteDeadJobs(store, keepDeadJobsMs)));
}
