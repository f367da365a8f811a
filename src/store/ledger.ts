import type { LedgerPart, LedgerView } from "../domain/merge.ts";
import type { Outcome, PartState } from "../domain/part.ts";
import type { Registry } from "../domain/registry.ts";
import type { Store } from "./connect.ts";
import { guarded } from "./transaction.ts";

interface LedgerRow {
  category_id: string;
  service: string | null;
  is_open: boolean;
  updated_at: number | null;
  state: PartState | null;
  closed_at: number | null;
  was_joined: boolean | null;
  is_newest: boolean | null;
  outcome: Outcome | null;
  retained_until: number | null;
  reason: string | null;
  error_code: string | null;
  own_deleted_at: number | null;
  now: number;
}

/**
 * Reads what the ledger holds of a user: for every configured category and service the newest part and the
 * service's own state. One statement; each lookup probes an index for one row, so history costs nothing.
 *
 * @param subjects - the user under every live secret.
 * @throws TakeoutError `unavailable`.
 */
export async function readLedger(
  store: Store,
  registry: Registry,
  subjects: readonly string[],
): Promise<LedgerView> {
  const categoryIds = registry.categories.map(({ id }) => id);
  const pairs = categoryIds.flatMap((id) => registry.servicesOf(id).map(({ name }) => [id, name]));
  const { sql } = store;
  const rows = await guarded(sql<LedgerRow[]>`
    select category.category_id, pair.service,
           category.is_open, category.updated_at,
           part.state, part.closed_at, joined.is_joined as was_joined,
           part.deletion_id = category.newest_id as is_newest,
           part.outcome, part.retained_until, part.reason, part.error_code,
           (extract(epoch from own.deleted_at) * 1000)::float8 as own_deleted_at,
           floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now
      from (
        select asked.category_id, newest.deletion_id as newest_id,
               newest.deletion_id is not null and newest.closed_at is null as is_open,
               (extract(epoch from done.deleted_at) * 1000)::float8 as updated_at
          from unnest(${categoryIds}::text[]) as asked (category_id)
          left join lateral (
            select deletion_id, closed_at from deletion_categories d
             where d.subject = any(${subjects as string[]}::uuid[]) and d.category_id = asked.category_id
             order by seq desc limit 1) as newest on true
          left join lateral (
            select deleted_at from deletion_categories d
             where d.subject = any(${subjects as string[]}::uuid[]) and d.category_id = asked.category_id
               and d.deleted_at is not null
             order by seq desc limit 1) as done on true
      ) as category
      left join unnest(${pairs.map(([id]) => id as string)}::text[], ${pairs.map(([, name]) => name as string)}::text[])
             as pair (category_id, service) using (category_id)
      left join lateral (
        select deletion_id, state, outcome, reason, error_code,
               (extract(epoch from p.closed_at) * 1000)::float8 as closed_at,
               (extract(epoch from p.retained_until) * 1000)::float8 as retained_until
          from parts p
         where p.subject = any(${subjects as string[]}::uuid[]) and p.category_id = pair.category_id
           and p.service = pair.service
         order by seq desc limit 1) as part on true
      left join deletion_categories joined
             on joined.deletion_id = part.deletion_id and joined.category_id = pair.category_id
      left join lateral (
        select max(deleted_at) as deleted_at from own_states o
         where o.subject = any(${subjects as string[]}::uuid[]) and o.category_id = pair.category_id
           and o.service = pair.service) as own on true`);
  return {
    now: rows[0]?.now ?? 0,
    categories: rows.map((row) => ({
      categoryId: row.category_id,
      isOpen: row.is_open,
      updatedAt: row.updated_at,
    })),
    entries: rows.flatMap((row) =>
      row.service === null
        ? []
        : {
            categoryId: row.category_id,
            service: row.service,
            lastPart: toLedgerPart(row),
            ownDeletedAt: row.own_deleted_at,
          },
    ),
  };
}

function toLedgerPart(row: LedgerRow): LedgerPart | null {
  if (row.state === null) return null;
  return {
    state: row.state,
    closedAt: row.closed_at,
    wasJoined: row.was_joined ?? false,
    isOfNewestDeletion: row.is_newest ?? false,
    outcome: row.outcome,
    retainedUntil: row.retained_until,
    reason: row.reason,
    errorCode: row.error_code,
  };
}
