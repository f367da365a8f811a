import { endExportLeases } from "../store/exports/leases.ts";
import { endLeases } from "../store/leases.ts";
import type { FlowContext } from "./context.ts";

/**
 * Takes up what workers left that are known to be gone. Their late outcomes stay harmless: the parts get a
 * new attempt.
 *
 * @returns whether nothing of theirs is left; if not, it is to be done again.
 * @throws TakeoutError `unavailable`.
 */
export async function resumeWork(
  context: FlowContext,
  input: { readonly workerIds: readonly string[] },
): Promise<boolean> {
  const { store } = context;
  const deletions = await endLeases(store, input.workerIds);
  const exports = await endExportLeases(store, input.workerIds);
  const count = deletions.woken + exports.woken;
  if (count > 0) context.log.info({ count }, "resumed what a worker had left");
  return deletions.isDone && exports.isDone;
}
