import { rewriteUser, type SubjectHashes } from "../store/rewrite-subject.ts";
import type { FlowContext } from "./context.ts";

/** How long a user who only asks waits for it at most, in ms. */
const withinMs = 500;

/**
 * Gives the rows of a user who is seen the hash of the current secret. Never fails: what does not come to
 * pass now does when he is seen again. Costs nothing while one secret is all there is.
 */
export async function rewriteSeen(context: FlowContext, subjects: SubjectHashes): Promise<void> {
  if (subjects.length === 1) return;
  try {
    await rewriteUser(context.store, subjects, withinMs);
  } catch (error) {
    context.log.warn({ error }, "a user's rows keep the hash of an older secret for now");
  }
}
