import {
  deleteAuditEvents,
  deleteOldDeletions,
  deleteOwnStates,
  deleteReports,
  deleteServiceEvents,
  type OldDeletion,
  oldestDeletion,
} from "../store/upkeep.ts";
import type { FlowContext } from "./context.ts";

/**
 * Forgets what the ledger has kept for `keep.ledger`, in batches: closed deletions with their parts, events
 * and aliases, counted from their last change, the services' reports and own states, and the trail of
 * what operators did and of what became of services. What is open, and
 * what still has its snapshot, is never touched. Idempotent.
 *
 * @param signal - ends it between two batches; the next run begins anew.
 * @throws TakeoutError `unavailable`.
 * Source: contract 12, `keep.ledger`; design, rule 10.
 */
export async function forgetLedger(context: FlowContext, signal?: AbortSignal): Promise<void> {
  const { store, rules } = context;
  const { keepLedgerMs } = rules;
  for (let at: OldDeletion | null = oldestDeletion; at !== null && !signal?.aborted; ) {
    at = await deleteOldDeletions(store, keepLedgerMs, at);
  }
  const byAge = [deleteReports, deleteOwnStates, deleteAuditEvents, deleteServiceEvents];
  for (const deleteBatch of byAge) {
    while (!signal?.aborted && (await deleteBatch(store, keepLedgerMs)));
  }
}
