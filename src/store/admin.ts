import type { Outcome, PartState } from "../domain/part.ts";
import type {
  DeletionState,
  Origin,
  Proposal,
  ShownDeletion,
  ShownEvent,
  ShownPart,
} from "../domain/shown.ts";
import type { Sql, Store, Transaction } from "./connect.ts";
import { openPartsUpToSql } from "./open-states.ts";
import { guarded } from "./transaction.ts";

/** What operators are shown of a deletion, before the configuration says what its parts wait for. */
export interface StoredDeletion extends Omit<ShownDeletion, "parts"> {
  readonly parts: readonly StoredPart[];
  /** Whether it still has its snapshot. */
  readonly isSealed: boolean;
}

/** `blockers`: services with an open part in this deletion, or in an earlier one of the user. */
export interface StoredPart extends Omit<ShownPart, "waitsFor"> {
  readonly blockers: readonly string[];
}

interface Row {
  id: string;
  state: DeletionState;
  origin: Origin;
  accepted_at: number;
  fence_at: number | null;
  closed_at: number | null;
  retry_of: string | null;
  proposal: ({ proposed_at: number } & Omit<Proposal, "proposedAt">) | null;
  parts: PartRow[];
  is_sealed: boolean;
}

interface PartRow {
  category_id: string;
  service: string;
  state: PartState;
  attempt: number;
  outcome: Outcome | null;
  retained_until: number | null;
  reason: string | null;
  error_code: string | null;
  next_at: number | null;
  blockers: string[] | null;
}

/** Deletions by their ids, in the order of these; what is not there is left out. */
export async function readDeletions(
  sql: Sql | Transaction,
  ids: readonly string[],
): Promise<StoredDeletion[]> {
  if (ids.length === 0) return [];
  const rows = await selectDeletions(sql, ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? toDeletion(row) : [];
  });
}

/** With their parts in one statement, or what closes meanwhile would be over in one of them and open in the other. */
function selectDeletions(sql: Sql | Transaction, ids: readonly string[]) {
  return sql<Row[]>`
    select id, origin, retry_of, sealed is not null as is_sealed, ${millis(sql, "accepted_at")}, ${millis(sql, "fence_at")},
           ${millis(sql, "closed_at")}, case when closed_at is null then 'open' else coalesce(closed_as, 'done') end as state,
           (select json_build_object('state', state, 'service', service, 'reason', reason, 'login', login,
                                     'proposed_at', (extract(epoch from proposed_at) * 1000)::float8)
              from resolve_proposals where deletion_id = id) as proposal,
           (select coalesce(json_agg(part), '[]') from (${partsOfDeletion(sql)}) as part) as parts
      from deletions where id = any(${ids as string[]}::uuid[])`;
}

/** What is due or accepted has its moment; what is being called is called again when its lease has run out. */
function partsOfDeletion(sql: Sql | Transaction) {
  return sql`
    select category_id, service, state, attempt, outcome, reason, error_code,
           ${millis(sql, "retained_until")},
           (extract(epoch from case when parked_at is not null then null
                                    when state in ('due', 'accepted') then greatest(due_at, leased_until)
                                    when state = 'calling' then leased_until
                                    when retry_at is not null then retry_at end) * 1000)::float8 as next_at,
           case when state = 'waiting' then (
             select array_agg(distinct p.service) from ${sql.unsafe(openPartsUpToSql("parts", "<="))}) end as blockers
      from parts where deletion_id = deletions.id
     order by service, category_id`;
}

function toDeletion(row: Row): StoredDeletion {
  return {
    id: row.id,
    state: row.state,
    origin: row.origin,
    acceptedAt: row.accepted_at,
    fenceAt: row.fence_at,
    closedAt: row.closed_at,
    retryOf: row.retry_of,
    isSealed: row.is_sealed,
    proposal: row.proposal && { ...row.proposal, proposedAt: row.proposal.proposed_at },
    parts: row.parts.map((part) => ({
      categoryId: part.category_id,
      service: part.service,
      state: part.state,
      attempt: part.attempt,
      outcome: part.outcome,
      retainedUntil: part.retained_until,
      reason: part.reason,
      errorCode: part.error_code,
      nextAt: part.next_at,
      blockers: part.blockers ?? [],
    })),
  };
}

/** The newest events of a deletion, in order. */
export async function readTimeline(store: Store, id: string, limit: number): Promise<ShownEvent[]> {
  const { sql } = store;
  return await guarded(sql<ShownEvent[]>`
    select (extract(epoch from at) * 1000)::float8 as at, category_id as "categoryId", service, attempt, event,
           to_state as state, source, error_code as "errorCode"
      from (select * from events where deletion_id = ${id} order by seq desc limit ${limit}) as newest
     order by seq`);
}

/** Whether a call for a deletion may have left: a claim is given back, of nobody's failure and no code, where it did not. */
export async function mayHaveBegun(sql: Transaction, id: string): Promise<boolean> {
  const rows = await sql`
    select from events c where deletion_id = ${id} and event = 'claimed'
       and not exists (select from events b
                        where b.deletion_id = c.deletion_id and b.service = c.service and b.category_id = c.category_id
                          and b.attempt = c.attempt and b.event = 'attempt_excused' and b.error_code is null)
     limit 1`;
  return rows.length > 0;
}

/** Whether any row bears one of these users. */
export async function isKnownUser(
  sql: Sql | Transaction,
  subjects: readonly string[],
): Promise<boolean> {
  const rows = await sql`
    select from unnest(${subjects as string[]}::uuid[]) as asked (subject)
     cross join lateral (
       (select from deletion_categories t where t.subject = asked.subject limit 1) union all
       (select from deletion_aliases t where t.subject = asked.subject limit 1) union all
       (select from export_subjects t where t.subject = asked.subject limit 1) union all
       (select from own_states t where t.subject = asked.subject limit 1) union all
       (select from reports t where t.subject = asked.subject limit 1) union all
       (select from holds t where t.subject = asked.subject limit 1)) as found limit 1`;
  return rows.length > 0;
}

function millis(sql: Sql | Transaction, column: string) {
  return sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
}
