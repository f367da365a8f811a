import { findUnreferenced } from "../../store/exports/blobs.ts";
import type { FlowContext } from "../context.ts";

/**
 * Removes blobs that should not be needed any more, after the ledger was asked whether anything leads to them: the answer
 * to a COMMIT may have been lost. Never throws; what stays is found among the orphans.
 */
export async function discardBlobs(context: FlowContext, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  try {
    await context.blobs.remove(await findUnreferenced(context.store, keys));
  } catch (error) {
    context.log.warn({ count: keys.length, error }, "blobs that are not needed stay for now");
  }
}
