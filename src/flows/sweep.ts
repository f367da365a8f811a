import { sweepExports } from "../store/exports/sweep.ts";
import { destroySnapshots, sweepDeletions } from "../store/sweep.ts";
import type { FlowContext } from "./context.ts";

/** Wakes what should have woken by itself, and destroys snapshots whose time has come. Idempotent. */
export async function sweep(context: FlowContext): Promise<void> {
  const woken = await sweepDeletions(context.store);
  if (woken !== null && woken > 0)
    context.log.info({ count: woken }, "swept deletions back into the queue");
  const wokenExports = await sweepExports(context.store);
  if (wokenExports !== null && wokenExports > 0)
    context.log.info({ count: wokenExports }, "swept exports back into the queue");
  await destroySnapshots(context.store);
}
