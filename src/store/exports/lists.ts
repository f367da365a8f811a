import type { ExportState, ShownExportEvent } from "../../domain/shown-export.ts";
import { type Bounds, newestId } from "../admin-lists.ts";
import type { Sql, Store } from "../connect.ts";
import { guarded } from "../transaction.ts";

/** A page looks at so many exports and no more, whatever it finds among them. */
export const exportsSeenAtOnce = 5_000;

export interface ExportsWanted extends Bounds {
  readonly state: ExportState | null;
  readonly service: string | null;
  /** Only these; `null`: whichever. */
  readonly ids: readonly string[] | null;
  readonly limit: number;
}

export interface SeenExport {
  /** `null`: none fits, or no more. */
  readonly id: string | null;
  readonly seen: number;
  readonly last_seen: string | null;
}

/** A page of ids, the newest first; one more than the limit where there is one. */
export function selectExportIds(sql: Sql, wanted: ExportsWanted) {
  const { state, service, olderThanMs, ids, limit } = wanted;
  const from = newestId(wanted);
  return sql<SeenExport[]>`
    with seen as materialized (
      select * from exports
       where true ${from === null ? sql`` : sql`and id < ${from}::uuid`}
         ${ids === null ? sql`` : sql`and id = any(${ids as string[]}::uuid[])`}
       order by id desc limit ${exportsSeenAtOnce}
    ), fitting as (
      select id from seen e
       where true ${state === null ? sql`` : sql`and ${ofState(sql, state)}`}
         ${olderThanMs === null ? sql`` : sql`and created_at <= statement_timestamp() - ${olderThanMs} * interval '1 ms'`}
         ${service === null ? sql`` : sql`and exists (select from export_parts p where p.export_id = e.id and p.service = ${service})`}
       order by id desc limit ${limit + 1}
    )
    select fitting.id, counted.seen, counted.last_seen
      from (select count(*)::int as seen, (array_agg(id order by id))[1] as last_seen from seen) as counted
      left join fitting on true
     order by fitting.id desc`;
}

/** As `exportStateOf` tells them apart. */
function ofState(sql: Sql, state: ExportState) {
  const isOver = sql`(e.is_expired or coalesce(e.expires_at <= clock_timestamp(), false))`;
  const isPartial = sql`(e.state is not distinct from 'partial' and not ${isOver})`;
  const isBegun = sql`(e.step is not null or exists (
    select from export_parts p where p.export_id = e.id and p.attempt > 0))`;
  switch (state) {
    case "queued":
      return sql`e.closed_at is null and not ${isPartial} and not ${isBegun}`;
    case "running":
      return sql`e.closed_at is null and not ${isPartial} and ${isBegun}`;
    case "expired":
      return sql`e.closed_at is not null and ${isOver}`;
    case "partial":
      return isPartial;
    default:
      return sql`e.closed_at is not null and e.state = ${state} and not ${isOver}`;
  }
}

/** Every export of a user, by whichever of their uids: only so many. */
export function selectExportsOfUser(sql: Sql, subjects: readonly string[]) {
  return sql<{ id: string }[]>`
    select distinct export_id as id from export_subjects
     where subject = any(${subjects as string[]}::uuid[]) limit 10000`;
}

/** The export that a request started or joined. */
export function selectExportsOfRequest(sql: Sql, requestKeys: readonly string[]) {
  return sql<{ id: string }[]>`
    select distinct export_id as id from export_requests
     where request_key = any(${requestKeys as string[]}::uuid[]) limit 10000`;
}

/** The newest events of an export, in their order. @throws TakeoutError `unavailable`. */
export async function readExportTimeline(
  store: Store,
  id: string,
  limit: number,
): Promise<ShownExportEvent[]> {
  const rows = await guarded(store.sql<ShownExportEvent[]>`
    select * from (
      select (extract(epoch from at) * 1000)::float8 as at, service, attempt, event, to_state as state, source,
             error_code as "errorCode", seq
        from export_events where export_id = ${id} order by seq desc limit ${limit}) as newest
     order by seq`);
  return [...rows];
}
