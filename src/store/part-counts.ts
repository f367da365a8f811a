import type { PendingQuery, Row } from "postgres";
import { paceEvents } from "../domain/forecast.ts";
import { closedPartStates } from "../domain/part.ts";
import type { Sql, Store, Transaction } from "./connect.ts";
import { openStatesSql } from "./open-states.ts";
import { transact } from "./transaction.ts";

// A ledger keeps millions of closed parts, so they are not counted where they stand: the events are, each once.
// How many are closed is what was counted, and the events since.

type Fragment = PendingQuery<Row[]>;

const closedStatesSql = closedPartStates.map((state) => `'${state}'`).join(", ");

/** Events counted in one transaction at most. */
const eventBatch = 20_000;
/** Events looked at beyond what is counted; more than come while nobody counts for hours. */
const longestTail = 1_000_000;
const countDeadlineMs = 10_000;
/** Rows may also have been changed by hand: once a day all are counted anew. */
const recountEveryMs = 24 * 60 * 60 * 1000;
const recountDeadlineMs = 10 * 60 * 1000;
const keepHoursMs = 48 * 60 * 60 * 1000;

/** The events that are not counted yet, as SQL. The order makes sure that they are found by their key. */
export function uncountedEvents(sql: Sql | Transaction) {
  return sql`
    select later.* from (select coalesce((select counted_seq from part_watch), 0) as seq) as counted
      cross join lateral (
        select * from events where events.seq > counted.seq order by events.seq limit ${longestTail}) as later`;
}

/** What events, given as SQL, add to the closed parts of (service, category_id, state), and take away; as SQL. */
function closedByEvents(sql: Sql | Transaction, events: Fragment) {
  return sql`
    select e.service, e.category_id, change.state, change.count
      from (${events}) as e
      cross join lateral (values (e.to_state, 1), (e.from_state, -1)) as change (state, count)
     where change.state in (${sql.unsafe(closedStatesSql)})`;
}

/** Adds counts, given as SQL of (service, category_id, state, count), to those that are kept; as SQL. */
export function addToCounts(sql: Sql | Transaction, counts: Fragment) {
  return sql`
    insert into part_counts (service, category_id, state, count)
    select service, category_id, state, sum(count) from (${counts}) as c group by 1, 2, 3
    on conflict (service, category_id, state) do update set count = part_counts.count + excluded.count`;
}

/** How many parts are closed now, of each (service, category_id, state); as SQL. */
export function addUpClosed(sql: Sql) {
  return sql`
    select service, category_id, state, sum(count)::int as count
      from (select service, category_id, state, count from part_counts
            union all ${closedByEvents(sql, uncountedEvents(sql))}) as c
     group by 1, 2, 3 having sum(count) > 0`;
}

/**
 * Waits for whoever counts, and keeps others from it: for those who delete closed parts, and are to subtract
 * them in the same transaction.
 */
export async function lockCounts(sql: Transaction): Promise<void> {
  await sql`select from part_watch for update`;
}

interface Place {
  readonly counted: number;
  readonly ahead: number;
  /** Whether all transactions are over that could still add an event before `ahead`. */
  readonly isSafe: boolean;
  /** Whether the place was noted by another server, from which this database was restored. */
  readonly isForeign: boolean;
  readonly isRecountDue: boolean;
}

/** What came of counting a batch. */
export interface CountedBatch {
  /** Whether there is more that can be counted now. */
  readonly isMore: boolean;
  /** Parts that the deadline has ended, and of which nobody had told. */
  readonly ended: readonly { readonly service: string; readonly count: number }[];
}

const nothingCounted: CountedBatch = { isMore: false, ended: [] };

/**
 * Counts the next events. An event may become visible after one with a higher number, so a place is first
 * noted, and counted up to when everybody who was under way at that time is done.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function countEvents(store: Store): Promise<CountedBatch> {
  return await transact(
    store,
    async (sql) => {
      const place = await lockPlace(sql);
      // Its transactions are not ours to wait for: ours might never come that far.
      if (place?.isForeign) await lookAhead(sql);
      if (place === null || !place.isSafe) return nothingCounted;
      const batch = place.ahead > place.counted ? await countBatch(sql, place) : nothingCounted;
      if (!batch.isMore) await lookAhead(sql);
      return batch;
    },
    countDeadlineMs,
  );
}

/**
 * Counts the closed parts where they stand, once a day.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function recountParts(store: Store): Promise<void> {
  await transact(
    store,
    async (sql) => {
      const place = await lockPlace(sql);
      if (place?.isRecountDue) await recount(sql);
    },
    recountDeadlineMs,
  );
}

/** @returns `null`: somebody else is counting. */
async function lockPlace(sql: Transaction): Promise<Place | null> {
  await sql`insert into part_watch default values on conflict do nothing`;
  const [place] = await sql<Place[]>`
    select counted_seq::float8 as counted, ahead_seq::float8 as ahead,
           ahead_xmax <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "isSafe",
           ahead_xmax > pg_snapshot_xmax(pg_current_snapshot())::text::bigint as "isForeign",
           coalesce(recounted_at < clock_timestamp() - ${recountEveryMs} * interval '1 ms', true) as "isRecountDue"
      from part_watch for update skip locked`;
  return place ?? null;
}

async function countBatch(sql: Transaction, { counted, ahead }: Place): Promise<CountedBatch> {
  const [row] = await sql<{ seen: number; ended: CountedBatch["ended"] }[]>`
    with batch as materialized (
      select * from events where seq > ${counted} and seq <= ${ahead} order by seq limit ${eventBatch}
    ), closed as (
      ${addToCounts(sql, closedByEvents(sql, sql`select * from batch`))}
    ), paced as (
      insert into service_closings (service, hour, count)
      select service, date_trunc('hour', at), count(*) from (${pacedEvents(sql, sql`select * from batch`)}) as e
       where at > statement_timestamp() - ${keepHoursMs} * interval '1 ms' group by 1, 2
      on conflict (service, hour) do update set count = service_closings.count + excluded.count
    ), forgotten as (
      delete from service_closings where hour < statement_timestamp() - ${keepHoursMs} * interval '1 ms'
    ), ended as (
      insert into stuck_notices (deletion_id, category_id, service, threshold)
      select deletion_id, category_id, service, 'deadline' from batch where event = 'deadline_passed'
      on conflict do nothing returning service
    ), moved as (
      update part_watch set counted_seq =
        case when (select count(*) from batch) = ${eventBatch} then (select max(seq) from batch) else ${ahead} end
    )
    select (select count(*)::int from batch) as seen,
           coalesce((select json_agg(e) from (select service, count(*) from ended group by 1) as e), '[]') as ended`;
  return { isMore: row?.seen === eventBatch, ended: row?.ended ?? [] };
}

/** Those of the events, given as SQL, that count for a service's pace, as SQL. */
export function pacedEvents(sql: Sql | Transaction, events: Fragment) {
  return sql`
    select service, at from (${events}) as e
     where event = any(${paceEvents as unknown as string[]}::text[]) and from_state in (${sql.unsafe(openStatesSql)})`;
}

async function lookAhead(sql: Transaction): Promise<void> {
  await sql`
    update part_watch set ahead_seq = coalesce((select max(seq) from events), 0),
                          ahead_xmax = pg_snapshot_xmax(pg_current_snapshot())::text::bigint`;
}

/** In one statement, so that the parts and the events that are to be added fit together. */
async function recount(sql: Transaction): Promise<void> {
  await sql`set local statement_timeout = ${sql.unsafe(`${recountDeadlineMs}`)}`;
  await sql`
    with counts as materialized (
      select service, category_id, state, sum(count) as count from (
        select service, category_id, state, count(*) as count from parts
         where state in (${sql.unsafe(closedStatesSql)}) group by 1, 2, 3
        union all
        select service, category_id, state, -count
          from (${closedByEvents(sql, uncountedEvents(sql))}) as later) as c
       group by 1, 2, 3
    ), gone as (
      delete from part_counts old
       where not exists (select from counts where counts.service = old.service
                            and counts.category_id = old.category_id and counts.state = old.state)
    ), counted as (
      insert into part_counts (service, category_id, state, count)
      select service, category_id, state, count from counts
      on conflict (service, category_id, state) do update set count = excluded.count
    )
    update part_watch set recounted_at = clock_timestamp()`;
}
