import { endLeases } from "../store/leases.ts";
import type { FlowContext } from "./context.ts";

/**
 * Takes up what workers left that are known to be gone. Their late outcomes stay harmless: the parts get a
 * new attempt.
 *
 * @throws TakeoutError `unavailable`; the leases then run out by themselves.
 */
export async function resumeWork(
  context: FlowContext,
  input: { readonly workerIds: readonly string[] },
): Promise<void> {
  const count = await endLeases(context.store, input.workerIds);
  if (count > 0) context.log.info({ count }, "resumed what a worker had left");
}
