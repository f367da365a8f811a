import type { Registry } from "../../src/domain/registry.ts";
import type { Sql } from "../../src/store/connect.ts";
import { invariants } from "./history/invariants.ts";
import type { History, ServiceCall } from "./history/rows.ts";

export type { History, ServiceCall } from "./history/rows.ts";

/**
 * Reads what happened: the append-only events with what the ledger holds now, beside what the services wrote
 * down of the calls that reached them. To be read when nothing is under way any more.
 */
export async function readHistory(
  sql: Sql,
  registry: Registry,
  calls: readonly ServiceCall[],
): Promise<History> {
  const [events, parts, deletions, categories, reports, aliases] = await Promise.all([
    sql<History["events"][number][]>`
      select seq::int, (extract(epoch from at) * 1000)::float8 as at, deletion_id, category_id, service,
             attempt, event, from_state, to_state, source from events order by seq`,
    sql<History["parts"][number][]>`
      select deletion_id, category_id, service, state, attempt, failures, outcome from parts`,
    sql<History["deletions"][number][]>`
      select id, seq::int, subject, (extract(epoch from accepted_at) * 1000)::float8 as accepted_at,
             closed_at is not null as is_closed, sealed is not null as is_sealed,
             sealed_until is not null as is_to_be_destroyed, wake_at is not null as is_to_wake
        from deletions order by seq`,
    sql<History["categories"][number][]>`
      select deletion_id, category_id, subject, closed_at is not null as is_closed,
             deleted_at is not null as is_deleted from deletion_categories`,
    sql<History["reports"][number][]>`
      select subject, category_id, service, deletion_id, state,
             (extract(epoch from received_at) * 1000)::float8 as received_at from reports`,
    sql<History["aliases"][number][]>`select subject, deletion_id from deletion_aliases`,
  ]);
  return { registry, calls, events, parts, deletions, categories, reports, aliases };
}

/** @returns a line for each violation, beginning with the name of the invariant; none is what is hoped for. */
export function checkHistory(history: History): string[] {
  return Object.entries(invariants).flatMap(([name, find]) =>
    find(history).map((violation) => `${name}: ${violation}`),
  );
}

/** What is open still: for the end of a run in which everything was delivered and time has passed. */
export function listUnfinished(history: History): string[] {
  return history.deletions.filter(({ is_closed }) => !is_closed).map(({ id }) => id);
}
