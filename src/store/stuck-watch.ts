import { type Pace, paceWindowMs } from "../domain/forecast.ts";
import type { StuckThreshold } from "../domain/thresholds.ts";
import type { Store } from "./connect.ts";
import { openStatesSql } from "./open-states.ts";
import { pacedEvents, uncountedEvents } from "./part-counts.ts";
import { guarded } from "./transaction.ts";

/** Deletions of one page; each may have a part for every category and service. */
const pageSize = 200;
const watchDeadlineMs = 4_500;

/** A part that reached a threshold now, told once. */
export interface Noticed {
  readonly service: string;
  readonly threshold: StuckThreshold;
  readonly count: number;
}

/** A part of which no forecast was made, near its deadline. */
export interface NearPart {
  readonly deletionId: string;
  readonly categoryId: string;
  readonly service: string;
  /** Among its service's open parts of the page; 1 is the oldest. */
  readonly place: number;
  /** In ms. */
  readonly deadlineAt: number;
}

export interface WatchedPage {
  readonly noticed: readonly Noticed[];
  readonly near: readonly NearPart[];
  /** How many open parts of the page each service has. */
  readonly lines: Readonly<Record<string, number>>;
  /** Database time in ms. */
  readonly now: number;
  /** Where the next page begins; `null`: what follows has reached nothing. */
  readonly next: string | null;
}

/** Before the oldest deletion. */
export const firstDeletion = "00000000-0000-0000-0000-000000000000";

/**
 * Goes through the next open deletions in the order of acceptance, and notes which of their parts have reached
 * an age. Idempotent: of what is noted already nothing is told.
 *
 * @param ages - of the thresholds, in ms; `forecast` is only looked for.
 * @throws TakeoutError `unavailable`.
 */
export async function watchPage(
  store: Store,
  after: string,
  ages: Readonly<Record<StuckThreshold, number>>,
): Promise<WatchedPage> {
  const { sql } = store;
  const { forecast, ...reached } = ages;
  const [page] = await guarded(
    sql<(Omit<WatchedPage, "next"> & { last: string | null; size: number; oldest_ms: number })[]>`
      with page as materialized (
        select id, accepted_at, extract(epoch from statement_timestamp() - accepted_at) * 1000 as age_ms
          from deletions where closed_at is null and id > ${after}::uuid order by id limit ${pageSize}
      ), open as materialized (
        select p.deletion_id, p.category_id, p.service, page.accepted_at, page.age_ms,
               row_number() over (partition by p.service order by p.deletion_id, p.category_id) as place
          from parts p join page on page.id = p.deletion_id
         where p.deletion_id = any(array(select id from page)) and p.state in (${sql.unsafe(openStatesSql)})
      ), noticed as (
        insert into stuck_notices (deletion_id, category_id, service, threshold)
        select deletion_id, category_id, service, threshold
          from open join unnest(${Object.keys(reached)}::text[], ${Object.values(reached)}::float8[])
                           as reached (threshold, from_ms) on age_ms >= from_ms
         order by 1, 2, 3, 4
        on conflict do nothing returning service, threshold
      ), near as (
        select deletion_id as "deletionId", category_id as "categoryId", service, place,
               extract(epoch from accepted_at) * 1000 + ${ages.deadline}::float8 as "deadlineAt"
          from open
         where age_ms >= ${forecast}::float8 and age_ms < ${ages.deadline}::float8
           and not exists (select from stuck_notices n
                            where n.deletion_id = open.deletion_id and n.category_id = open.category_id
                              and n.service = open.service and n.threshold = 'forecast')
      )
      select (select count(*)::int from page) as size, (select max(age_ms)::float8 from page) as oldest_ms,
             (select id from page order by id desc limit 1) as last,
             (extract(epoch from statement_timestamp()) * 1000)::float8 as now,
             coalesce((select json_agg(n) from (select service, threshold, count(*) from noticed group by 1, 2) as n), '[]') as noticed,
             coalesce((select json_agg(near) from near), '[]') as near,
             coalesce((select json_object_agg(service, parts)
                         from (select service, count(*) as parts from open group by 1) as l), '{}') as lines`,
    watchDeadlineMs,
  );
  if (!page) throw new Error("an aggregate without a row");
  const { last, size, oldest_ms: oldestMs, ...rest } = page;
  const isLast = size < pageSize || oldestMs < Math.min(...Object.values(ages));
  return { ...rest, next: isLast ? null : last };
}

/** Notes which parts are forecast to miss their deadline. @throws TakeoutError `unavailable`. */
export async function noteForecasts(store: Store, parts: readonly NearPart[]): Promise<Noticed[]> {
  if (parts.length === 0) return [];
  const { sql } = store;
  return await guarded(
    sql<Noticed[]>`
      with noticed as (
        insert into stuck_notices (deletion_id, category_id, service, threshold)
        select *, 'forecast' from unnest(${parts.map(({ deletionId }) => deletionId)}::uuid[],
          ${parts.map(({ categoryId }) => categoryId)}::text[], ${parts.map(({ service }) => service)}::text[])
        on conflict do nothing returning service
      )
      select service, 'forecast' as threshold, count(*)::int from noticed group by 1`,
    watchDeadlineMs,
  );
}

/** How fast services were in the last day, or since they are watched. */
export interface Paces {
  of(service: string): Pace;
}

/** @throws TakeoutError `unavailable`. */
export async function readPaces(store: Store): Promise<Paces> {
  const { sql } = store;
  const hourMs = 60 * 60 * 1000;
  // Counted by whole hours, so the first of them begins a little less than a day ago.
  const rows = await guarded(
    sql<{ service: string | null; closed: number; overMs: number }[]>`
      with span as (
        select greatest(since, date_trunc('hour', statement_timestamp() - ${paceWindowMs - hourMs} * interval '1 ms'))
                 as from_at
          from part_watch
      ), closings as (
        select service, count from service_closings
         where hour >= (select date_trunc('hour', from_at) from span)
        union all
        select service, count(*) from (${pacedEvents(sql, uncountedEvents(sql))}) as e
         where at >= (select date_trunc('hour', from_at) from span) group by 1
      )
      select service, coalesce(sum(count), 0)::float8 as closed,
             (extract(epoch from statement_timestamp() - from_at) * 1000)::float8 as "overMs"
        from span left join closings on true group by service, from_at`,
    watchDeadlineMs,
  );
  const overMs = rows[0]?.overMs ?? 0;
  const closed = new Map(rows.map((row) => [row.service, row.closed]));
  return { of: (service) => ({ closed: closed.get(service) ?? 0, overMs }) };
}

/** Notes that the watch went through to its end. @throws TakeoutError `unavailable`. */
export async function endWatch({ sql }: Store): Promise<void> {
  await guarded(sql`
    insert into part_watch (watched_at) values (clock_timestamp())
    on conflict (id) do update set watched_at = excluded.watched_at`);
}
