import type { Page, ShownStuck } from "../../domain/shown.ts";
import { stuckReason } from "../../domain/stuck.ts";
import {
  type StuckPlace,
  type StuckRow,
  selectStuck,
  stuckSeenAtOnce,
} from "../../store/admin-lists.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

export type { StuckPlace };

export interface StuckInput {
  /** `null`: `stuck.warn_after` of the configuration. */
  readonly olderThanMs: number | null;
  readonly after: StuckPlace | null;
  readonly limit: number;
}

/**
 * A page of open parts that are old, or that the configuration does not know, with why each waits; the oldest
 * deletion first. May be short, or empty, and have a next one.
 *
 * @throws TakeoutError `unavailable`.
 * Source: contract 10.
 */
export async function listStuck(
  context: FlowContext,
  input: StuckInput,
): Promise<Page<ShownStuck, StuckPlace>> {
  const { registry, rules, store } = context;
  const pairs = registry.services.flatMap(({ name, categories }) =>
    categories.map((categoryId) => ({ name, categoryId })),
  );
  const rows = await guarded(
    selectStuck(store.sql, {
      ...input,
      olderThanMs: input.olderThanMs ?? rules.warnAfterMs,
      categoryIds: pairs.map(({ categoryId }) => categoryId),
      services: pairs.map(({ name }) => name),
    }),
  );
  const found = rows.flatMap((row) => toShown(row) ?? []);
  const items = found.slice(0, input.limit);
  return { items, next: found.length > items.length ? placeOf(items.at(-1)) : lastSeen(rows) };
}

function toShown(row: StuckRow): ShownStuck | null {
  if (row.deletion_id === null) return null;
  return {
    deletionId: row.deletion_id,
    categoryId: row.category_id,
    service: row.service,
    state: row.state,
    ageSeconds: Math.max(0, row.age_seconds),
    reason: stuckReason(
      { state: row.state, failures: row.failures, isParked: row.is_parked },
      {
        isConfigured: row.is_configured,
        isPaused: row.is_paused,
        isBreakerOpen: row.is_breaker_open,
      },
    ),
  };
}

function placeOf(item: ShownStuck | undefined): StuckPlace | null {
  return item ? { ...item } : null;
}

function lastSeen([row]: readonly StuckRow[]): StuckPlace | null {
  if (!row || row.last_seen === null || row.seen < stuckSeenAtOnce) return null;
  return { deletionId: row.last_seen, service: null, categoryId: null };
}
