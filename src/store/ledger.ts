import type { LedgerView } from "../domain/merge.ts";
import type { Registry } from "../domain/registry.ts";
import type { Store } from "./connect.ts";
import { type DetailsInput, readDetails } from "./ledger-details.ts";
import { type CategorySummary, readSummaries } from "./ledger-summary.ts";
import { mergeCalls } from "./merge-calls.ts";
import type { SubjectHashes } from "./rewrite-subject.ts";
import { storeDeadlineMs } from "./transaction.ts";

/**
 * Reads what the ledger holds of a user, known under these hashes.
 *
 * @throws TakeoutError `unavailable`.
 */
export type ReadLedger = (subjects: SubjectHashes) => Promise<LedgerView>;

/** Categories of users, and their pairs with services, that one statement looks at. */
const heaviest = 5_000;

/**
 * Users who are asked for at the same time are read together: summed up where that says it all, and service by
 * service only where it does not, or where a user may be known under several hashes.
 *
 * @param trustForMs - how long a stored state is believed.
 */
export function createReadLedger(store: Store, registry: Registry, trustForMs: number): ReadLedger {
  const categoryIds = registry.categories.map(({ id }) => id);
  const summarize = mergeCalls<string, readonly CategorySummary[]>({
    together: (subjects, withinMs) =>
      readSummaries(store, registry, { trustForMs, subjects, withinMs }),
    weightOf: () => categoryIds.length,
    heaviest,
    overlaps: true,
  });
  const detail = mergeCalls<DetailsInput, LedgerView>({
    together: (inputs, withinMs) => readDetails(store, registry, inputs, withinMs),
    weightOf: (input) =>
      input.categoryIds.reduce((sum, id) => sum + registry.servicesOf(id).length, 0),
    heaviest,
  });
  return async (subjects) => {
    if (subjects.length > 1) return await detail({ subjects, categoryIds });
    const endsAt = performance.now() + storeDeadlineMs;
    const summaries = await summarize(subjects[0]);
    const mixed = summaries.filter(({ verdict }) => verdict === "mixed");
    if (mixed.length === 0) return toView(summaries);
    const input = { subjects, categoryIds: mixed.map(({ categoryId }) => categoryId) };
    const details = await detail(input, { withinMs: endsAt - performance.now() });
    return toView(summaries, details);
  };
}

function toView(summaries: readonly CategorySummary[], details?: LedgerView): LedgerView {
  const summed = summaries.filter(({ verdict }) => verdict !== "mixed");
  const categories = summed.map(({ categoryId, isOpen, updatedAt, verdict }) => ({
    ...{ categoryId, isOpen, updatedAt },
    isKnownEmpty: verdict === "empty",
  }));
  return {
    now: details?.now ?? 0,
    categories: [...categories, ...(details?.categories ?? [])],
    entries: details?.entries ?? [],
  };
}
