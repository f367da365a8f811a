import type { DeletionState } from "../domain/shown.ts";
import type { Sql, Transaction } from "./connect.ts";
import { smallestIdAt } from "./ids.ts";
import { openPartsSql, openStatesSql } from "./open-states.ts";

/**
 * Lists go on from the id where the last page ended, and a page looks at so many deletions and no more, whatever
 * it finds among them: a condition that few meet costs many pages rather than one that takes seconds.
 */
export const deletionsSeenAtOnce = 5_000;
export const stuckSeenAtOnce = 1_000;

/** Ids bear the database's time as the process knew it that made them, which may be off by this, in ms. */
const clockSlackMs = 60_000;

/** Between which a page lies. */
export interface Bounds {
  readonly olderThanMs: number | null;
  /** Where the last page ended; ids go down. */
  readonly before: string | null;
  /** Database time in ms. */
  readonly now: number;
}

export interface DeletionsWanted extends Bounds {
  readonly state: DeletionState | null;
  readonly service: string | null;
  readonly categoryId: string | null;
  /** Only these; `null`: whichever. */
  readonly ids: readonly string[] | null;
  readonly limit: number;
}

export interface SeenDeletion {
  /** `null`: none fits, or no more. */
  readonly id: string | null;
  readonly seen: number;
  readonly last_seen: string | null;
}

/** A page of ids, the newest first; one more than the limit where there is one. */
export function selectDeletionIds(sql: Sql, wanted: DeletionsWanted) {
  const { state, service, categoryId, olderThanMs, ids, limit } = wanted;
  const isPartWanted = service !== null || categoryId !== null;
  const isPicky = isPartWanted || olderThanMs !== null;
  const from = newestId(wanted);
  return sql<SeenDeletion[]>`
    with seen as not materialized (
      select id, accepted_at from deletions
       where true ${state === null ? sql`` : ofState(sql, state)}
         ${from === null ? sql`` : sql`and id < ${from}::uuid`}
         ${ids === null ? sql`` : sql`and id = any(${ids as string[]}::uuid[])`}
       order by id desc limit ${isPicky ? deletionsSeenAtOnce : limit + 1}
    ), fitting as (
      select id from seen ${isPartWanted ? withPart(sql, service, categoryId) : sql``}
       where true
         ${olderThanMs === null ? sql`` : sql`and accepted_at <= statement_timestamp() - ${olderThanMs} * interval '1 ms'`}
       order by id desc limit ${limit + 1}
    )
    select fitting.id, counted.seen, counted.last_seen
      from (select count(*)::int as seen, (array_agg(id order by id))[1] as last_seen from seen) as counted
      left join fitting on true
     order by fitting.id desc`;
}

function ofState(sql: Sql, state: DeletionState) {
  return state === "open" ? sql`and closed_at is null` : sql`and closed_as = ${state}`;
}

/** Probed one by one: a join might read the table of parts whole. */
function withPart(sql: Sql, service: string | null, categoryId: string | null) {
  return sql`cross join lateral (
    select from parts p where p.deletion_id = seen.id
       ${service === null ? sql`` : sql`and p.service = ${service}`}
       ${categoryId === null ? sql`` : sql`and p.category_id = ${categoryId}`} limit 1) as wanted`;
}

/** The smaller of two bounds; what is younger than asked for need not even be looked at. */
export function newestId({ before, olderThanMs, now }: Bounds): string | null {
  if (olderThanMs === null) return before;
  const bound = smallestIdAt(now - olderThanMs + clockSlackMs);
  return before !== null && before < bound ? before : bound;
}

/** Every deletion of a user, by whichever of their uids: only so many. */
export function selectIdsOfUser(sql: Sql, subjects: readonly string[]) {
  return sql<{ id: string }[]>`
    (select distinct deletion_id as id from deletion_categories
      where subject = any(${subjects as string[]}::uuid[]) limit 10000)
    union (select deletion_id from deletion_aliases
      where subject = any(${subjects as string[]}::uuid[]) limit 10000)`;
}

/** The deletions that a request started or joined. */
export function selectIdsOfRequest(sql: Sql, requestKeys: readonly string[]) {
  return sql<{ id: string }[]>`
    select distinct deletion_id as id from request_deletions
     where request_key = any(${requestKeys as string[]}::uuid[]) limit 10000`;
}

export interface StuckWanted {
  readonly olderThanMs: number;
  /** The pairs that the configuration knows. */
  readonly categoryIds: readonly string[];
  readonly services: readonly string[];
  /** Where the last page ended; without a service: after all parts of that deletion. */
  readonly after: StuckPlace | null;
  readonly limit: number;
}

export interface StuckPlace {
  readonly deletionId: string;
  readonly service: string | null;
  readonly categoryId: string | null;
}

export interface StuckRow {
  /** `null`: none fits, or no more. */
  readonly deletion_id: string | null;
  readonly category_id: string;
  readonly service: string;
  readonly state: "waiting" | "due" | "calling" | "accepted";
  readonly failures: number;
  readonly is_parked: boolean;
  readonly is_configured: boolean;
  readonly is_paused: boolean;
  readonly is_breaker_open: boolean;
  readonly age_seconds: number;
  readonly seen: number;
  readonly last_seen: string | null;
}

/** A page of open parts that are old or not configured, the oldest deletion first. */
export function selectStuck(sql: Sql, wanted: StuckWanted) {
  const { after, limit, olderThanMs } = wanted;
  const isMidway = after !== null && after.service !== null;
  return sql<StuckRow[]>`
    with seen as materialized (
      select id, accepted_at from deletions
       where closed_at is null
         ${after === null ? sql`` : isMidway ? sql`and id >= ${after.deletionId}` : sql`and id > ${after.deletionId}`}
       order by id limit ${stuckSeenAtOnce}
    ), open as (
      select p.deletion_id, p.category_id, p.service, p.state, p.failures, p.parked_at, d.accepted_at,
             (p.category_id, p.service) in (
               select * from unnest(${wanted.categoryIds as string[]}::text[],
                                    ${wanted.services as string[]}::text[])) as is_configured
        from seen d ${sql.unsafe(openPartsSql)}
       where true
         ${
           isMidway
             ? sql`and (p.deletion_id, p.service, p.category_id)
                     > (${after.deletionId}::uuid, ${after.service}::text, ${after.categoryId}::text)`
             : sql``
         }
    ), stuck as (
      select * from open
       where not is_configured or accepted_at <= statement_timestamp() - ${olderThanMs} * interval '1 ms'
       order by deletion_id, service, category_id limit ${limit + 1}
    )
    select s.deletion_id, s.category_id, s.service, s.state, s.failures, s.is_configured,
           s.parked_at is not null as is_parked, known.paused_at is not null as is_paused,
           coalesce(known.breaker = 'open', false) as is_breaker_open,
           floor(extract(epoch from statement_timestamp() - s.accepted_at))::float8 as age_seconds,
           counted.seen, counted.last_seen
      from (select count(*)::int as seen, (array_agg(id order by id desc))[1] as last_seen from seen) as counted
      left join stuck s on true
      left join service_states known on known.service = s.service
     order by s.deletion_id, s.service, s.category_id`;
}

/** How many parts each service has, or only one, that are open, parked, and to be tried again. */
export function selectBacklogs(sql: Sql | Transaction, only: string | null = null) {
  return sql<{ service: string; open: number; parked: number; failing: number }[]>`
    select service, sum(open)::int as open, sum(parked)::int as parked, sum(failing)::int as failing
      from (select service, count(*) as open, 0 as parked, 0 as failing from parts
             where state in (${sql.unsafe(openStatesSql)}) and (${only}::text is null or service = ${only}) group by service
            union all
            select service, 0, count(*), 0 from parts
             where parked_at is not null and (${only}::text is null or service = ${only}) group by service
            union all
            select service, 0, 0, count(*) from parts
             where failures > 0 and state = 'due' and (${only}::text is null or service = ${only}) group by service)
             as counted
     group by service`;
}
