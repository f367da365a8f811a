import { TakeoutError } from "../../domain/errors.ts";
import type { ShownDeletion, ShownEvent } from "../../domain/shown.ts";
import { readTimeline } from "../../store/admin.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { showDeletions } from "./show-deletions.ts";

/** Events that are shown of one deletion; older ones are left out. */
const mostEvents = 1_000;

export interface DeletionWithTimeline {
  readonly deletion: ShownDeletion;
  readonly timeline: readonly ShownEvent[];
  readonly isCut: boolean;
}

/** One deletion with what happened to it. @throws TakeoutError `not_found`, `unavailable`. */
export async function getDeletion(
  context: FlowContext,
  { deletionId }: { readonly deletionId: string },
): Promise<DeletionWithTimeline> {
  const { store } = context;
  const [deletion] = await guarded(showDeletions(context, store.sql, [deletionId]));
  if (!deletion) throw new TakeoutError("not_found");
  const events = await readTimeline(store, deletionId, mostEvents + 1);
  return { deletion, timeline: events.slice(-mostEvents), isCut: events.length > mostEvents };
}
