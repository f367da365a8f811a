import { deferDeletion } from "../store/sweep.ts";
import type { FlowContext } from "./context.ts";

const deferMs = 10 * 60 * 1000;

/** Puts off a deletion whose drive was started again and again without ever ending, and says so loudly. */
export async function deferPoison(
  context: FlowContext,
  input: { readonly deletionId: string },
): Promise<void> {
  context.log.error({ deletion_id: input.deletionId }, "drive never ends, put off for ten minutes");
  await deferDeletion(context.store, input.deletionId, deferMs);
}
