import type { Registry } from "../domain/registry.ts";
import type { Store } from "./connect.ts";
import { openStatesSql } from "./open-states.ts";
import { guarded } from "./transaction.ts";

/** What the ledger says of a user's category in a word. */
export interface CategorySummary {
  readonly categoryId: string;
  readonly isOpen: boolean;
  readonly updatedAt: number | null;
  /**
   * `empty`: every service's last part is trusted, and has nothing to be said of it; `mute`: no service's last part or
   * own report decides anything, or is to be shown; `mixed`: services must be looked at one by one.
   */
  readonly verdict: "empty" | "mute" | "mixed";
}

export interface SummaryInput {
  /** Users by one hash each; what is stored of them under another is not seen. */
  readonly subjects: readonly string[];
  /** How long a stored state is believed. */
  readonly trustForMs: number;
  readonly withinMs: number;
}

interface SummaryRow {
  at: number;
  category: number;
  is_open: boolean;
  updated_at: number | null;
  verdict: CategorySummary["verdict"];
}

/** A deleted part of which there is nothing to say. Where those that are quiet are all that count, no other is trusted. */
const deletedQuietly = `(state = 'deleted' and outcome is distinct from 'retained'
  and (outcome is distinct from 'anonymized' or retained_until is null))`;

/**
 * Sums up what the ledger holds of users, one row for each category: as long as the newest deletion of a category has
 * a part for each of its services, and none that failed or was retained, that says it all.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function readSummaries(
  store: Store,
  registry: Registry,
  { subjects, trustForMs, withinMs }: SummaryInput,
): Promise<readonly (readonly CategorySummary[])[]> {
  const { categories } = registry;
  const pairs = categories.flatMap(({ id }, at) => {
    const names = registry.servicesOf(id).map(({ name }) => name);
    return (names.length > 0 ? names : [null]).map((name) => ({ at, id, name }));
  });
  const { sql } = store;
  const rows = await guarded(
    sql<SummaryRow[]>`
    with configured as materialized (
      select at, category_id, array_agg(service order by service) as services
        from unnest(${pairs.map(({ at }) => at)}::int[], ${pairs.map(({ id }) => id)}::text[],
                    ${pairs.map(({ name }) => name)}::text[]) as pair (at, category_id, service)
       group by at, category_id
    ), trust as materialized (
      select to_timestamp(greatest(extract(epoch from clock_timestamp())::float8
                                   - ${String(trustForMs)}::float8 / 1000, 0)) as since
    )
    select u.at::int, c.at as category, newest.deletion_id is not null and newest.closed_at is null as is_open,
           (extract(epoch from coalesce(newest.deleted_at, earlier.deleted_at)) * 1000)::float8 as updated_at,
           case when newest.deletion_id is null then case when own.is_there then 'mixed' else 'mute' end
                when share.quiet is distinct from c.services then 'mixed'
                when newest.closed_at is null or newest.is_joined then 'mute'
                when share.trusted = cardinality(c.services) then 'empty'
                when share.trusted = 0 and own.is_there is null then 'mute'
                else 'mixed' end as verdict
      from unnest(${subjects as string[]}::uuid[]) with ordinality as u (subject, at)
      cross join configured c
      cross join trust
      left join lateral (
        select deletion_id, closed_at, deleted_at, is_joined from deletion_categories d
         where d.subject = u.subject and d.category_id = c.category_id
         order by seq desc nulls last limit 1) as newest on true
      left join lateral (
        select deleted_at from deletion_categories d
         where d.subject = u.subject and d.category_id = c.category_id and d.deleted_at is not null
           and newest.deletion_id is not null and newest.deleted_at is null
         order by seq desc nulls last limit 1) as earlier on true
      left join lateral (
        select array_agg(service order by service) filter (
                 where state in (${sql.unsafe(openStatesSql)}) or state = 'resolved'
                    or ${sql.unsafe(deletedQuietly)}) as quiet,
               count(*) filter (where ${sql.unsafe(deletedQuietly)} and p.closed_at > trust.since) as trusted
          from parts p where p.deletion_id = newest.deletion_id and p.category_id = c.category_id) as share on true
      left join lateral (
        select true as is_there from own_states o
         where o.subject = u.subject and o.category_id = c.category_id
           and (newest.deletion_id is null or share.trusted = 0) limit 1) as own on true`,
    withinMs,
  );
  const byUser = Map.groupBy(rows, ({ at }) => at - 1);
  return subjects.map((_, at) =>
    (byUser.get(at) ?? []).map((row) => ({
      categoryId: categories[row.category]?.id ?? "",
      isOpen: row.is_open,
      updatedAt: row.updated_at,
      verdict: row.verdict,
    })),
  );
}
