import type { LedgerPart, LedgerView } from "../domain/merge.ts";
import type { Outcome, PartState } from "../domain/part.ts";
import type { Registry } from "../domain/registry.ts";
import type { Store } from "./connect.ts";
import type { SubjectHashes } from "./rewrite-subject.ts";
import { guarded } from "./transaction.ts";

/** Of whom what is to be read. */
export interface DetailsInput {
  /** The user under every live secret. */
  readonly subjects: SubjectHashes;
  readonly categoryIds: readonly string[];
}

interface DetailsRow {
  at: number;
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
  called_off_at: number | null;
  now: number;
}

/**
 * Reads what the ledger holds of users: for every category asked and each of its services the newest part and the
 * service's own state. One statement; each lookup probes an index for one row, so history costs nothing.
 *
 * What was called off says nothing. A retry takes up some parts of another deletion, so that it neither hides what
 * failed beside them nor, when a wish of the user has joined it, leaves any of them to be believed. Where hashes are of
 * several accounts of one person, what is open under any of them is open.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function readDetails(
  store: Store,
  registry: Registry,
  inputs: readonly DetailsInput[],
  withinMs: number,
): Promise<readonly LedgerView[]> {
  const users = inputs.flatMap(({ subjects }, at) => subjects.map((subject) => ({ at, subject })));
  const asked = inputs.flatMap(({ categoryIds }, at) => categoryIds.map((id) => ({ at, id })));
  const pairs = [...new Set(asked.map(({ id }) => id))].flatMap((id) =>
    registry.servicesOf(id).map(({ name }) => ({ id, name })),
  );
  const rows = await guarded(
    store.sql<DetailsRow[]>`
    with users as materialized (
      select at, array_agg(subject) as subjects
        from unnest(${users.map(({ at }) => at)}::int[], ${users.map(({ subject }) => subject)}::uuid[]) as u (at, subject)
       group by at
    ), pairs as materialized (
      select * from unnest(${pairs.map(({ id }) => id)}::text[], ${pairs.map(({ name }) => name)}::text[])
                 as pair (category_id, service)
    )
    select asked.at, asked.category_id, pairs.service,
           newest.deletion_id is not null and newest.closed_at is null as is_open,
           (extract(epoch from done.deleted_at) * 1000)::float8 as updated_at,
           part.state, part.closed_at, joined.is_joined as was_joined,
           held.seq >= coalesce(whole.seq, 0) as is_newest,
           part.outcome, part.retained_until, part.reason, part.error_code,
           (extract(epoch from own.deleted_at) * 1000)::float8 as own_deleted_at,
           (extract(epoch from off.closed_at) * 1000)::float8 as called_off_at,
           floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now
      from unnest(${asked.map(({ at }) => at)}::int[], ${asked.map(({ id }) => id)}::text[]) as asked (at, category_id)
      join users using (at)
      left join lateral (
        select d.deletion_id, d.closed_at
          from unnest(users.subjects) as u (subject) cross join lateral (
            select seq, deletion_id, closed_at from deletion_categories d
             where d.subject = u.subject and d.category_id = asked.category_id
             order by seq desc nulls last limit 1) as d
         order by d.closed_at is not null, d.seq desc nulls last limit 1) as newest on true
      left join lateral (
        select d.deleted_at
          from unnest(users.subjects) as u (subject) cross join lateral (
            select seq, deleted_at from deletion_categories d
             where d.subject = u.subject and d.category_id = asked.category_id and d.deleted_at is not null
             order by seq desc nulls last limit 1) as d
         order by d.seq desc nulls last limit 1) as done on true
      left join lateral (
        select max(d.seq) as seq
          from unnest(users.subjects) as u (subject) cross join lateral (
            select seq from deletion_categories c
             where c.subject = u.subject and c.category_id = asked.category_id
               and (select retry_of is null from deletions w where w.id = c.deletion_id)
               and (select true from parts p where p.deletion_id = c.deletion_id
                       and p.category_id = c.category_id and p.state <> 'cancelled' limit 1)
             order by seq desc nulls last limit 1) as d) as whole on true
      left join pairs on pairs.category_id = asked.category_id
      left join lateral (
        select deletion_id, state, outcome, reason, error_code,
               (extract(epoch from p.closed_at) * 1000)::float8 as closed_at,
               (extract(epoch from p.retained_until) * 1000)::float8 as retained_until
          from unnest(users.subjects) as u (subject) cross join lateral (
            select * from parts p
             where p.subject = u.subject and p.category_id = pairs.category_id and p.service = pairs.service
               and p.state <> 'cancelled'
             order by seq desc nulls last limit 1) as p
         order by p.seq desc nulls last limit 1) as part on true
      left join lateral (
        select closed_at
          from unnest(users.subjects) as u (subject) cross join lateral (
            select seq, state, closed_at from parts p
             where p.subject = u.subject and p.category_id = pairs.category_id and p.service = pairs.service
             order by seq desc nulls last limit 1) as p
         where state = 'cancelled'
         order by p.seq desc nulls last limit 1) as off on true
      left join lateral (
        select seq from deletion_categories c
         where c.deletion_id = part.deletion_id and c.category_id = pairs.category_id limit 1) as held on true
      left join lateral (
        select true as is_joined
          from unnest(users.subjects) as u (subject) cross join lateral (
            select from deletion_categories j
             where j.subject = u.subject and j.category_id = pairs.category_id
               and j.seq >= held.seq and j.is_joined limit 1) as j
         limit 1) as joined on true
      left join lateral (
        select max(o.deleted_at) as deleted_at
          from unnest(users.subjects) as u (subject) cross join lateral (
            select deleted_at from own_states o
             where o.subject = u.subject and o.category_id = pairs.category_id and o.service = pairs.service
             limit 1) as o) as own on true`,
    withinMs,
  );
  const byUser = Map.groupBy(rows, ({ at }) => at);
  return inputs.map((_, at) => toView(byUser.get(at) ?? []));
}

function toView(rows: readonly DetailsRow[]): LedgerView {
  const categories = new Map(
    rows.map(({ category_id: categoryId, is_open: isOpen, updated_at: updatedAt }) => [
      categoryId,
      { categoryId, isOpen, updatedAt },
    ]),
  );
  return {
    now: rows[0]?.now ?? 0,
    categories: [...categories.values()],
    entries: rows.flatMap((row) =>
      row.service === null
        ? []
        : {
            categoryId: row.category_id,
            service: row.service,
            lastPart: toLedgerPart(row),
            ownDeletedAt: row.own_deleted_at,
            calledOffAt: row.called_off_at,
          },
    ),
  };
}

function toLedgerPart(row: DetailsRow): LedgerPart | null {
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
