import type { Registry } from "../../../src/domain/registry.ts";
import type { Sql } from "../../../src/store/connect.ts";
import { keptReports } from "../kept-reports.ts";
import type { History, Remains, ServiceCall, ServiceEventRow } from "./rows.ts";

/** What was written down beside the ledger and the services' calls; what is left out is not looked at. */
export interface Evidence
  extends Partial<
    Pick<
      History,
      "subjects" | "clients" | "rows" | "sentReports" | "nemesis" | "answers" | "searches"
    >
  > {
  /** Whether everything has ended, so that nothing may be left open, held or registered. */
  readonly isOver?: boolean;
}

/**
 * Reads what happened: the append-only events with what the ledger holds now, beside what the services wrote
 * down of the calls that reached them, and other evidence. To be read when nothing is under way any more.
 */
export async function readHistory(
  sql: Sql,
  registry: Registry,
  calls: readonly ServiceCall[],
  evidence: Evidence = {},
): Promise<History> {
  const { isOver = false, ...logs } = evidence;
  const [ledger, serviceEvents, remains] = await Promise.all([
    readLedger(sql),
    readServiceEvents(sql),
    isOver ? readRemains(sql) : null,
  ]);
  const none = {
    ...{ subjects: null, clients: [], rows: [], sentReports: null },
    ...{ nemesis: [], answers: [], searches: [] },
  };
  return { registry, calls, ...ledger, serviceEvents, remains, ...none, ...logs };
}

async function readLedger(sql: Sql) {
  const millis = (column: string) => sql`(extract(epoch from ${sql(column)}) * 1000)::float8`;
  const [events, parts, deletions, categories, reports, aliases, requests] = await Promise.all([
    sql<History["events"][number][]>`
      select seq::int, ${millis("at")} as at, deletion_id, category_id, service,
             attempt, event, from_state, to_state, source from events order by seq`,
    sql<History["parts"][number][]>`
      select deletion_id, category_id, service, state, attempt, failures, outcome from parts`,
    sql<History["deletions"][number][]>`
      select id, seq::int, subject, ${millis("accepted_at")} as accepted_at,
             (extract(epoch from coalesce(fence_at, accepted_at)) * 1000)::float8 as fence_at,
             retry_of is not null as is_retry,
             closed_at is not null as is_closed, sealed is not null as is_sealed,
             sealed_until is not null as is_to_be_destroyed, wake_at is not null as is_to_wake,
             closed_at is null and wake_at < clock_timestamp() - interval '30 s'
               and not exists (select from parts
                                where deletion_id = d.id and leased_until > clock_timestamp())
               and not exists (select from graphile_worker.jobs
                                where key = 'drive_deletion:' || d.id) as is_forgotten
        from deletions d order by seq`,
    sql<History["categories"][number][]>`
      select deletion_id, category_id, subject, closed_at is not null as is_closed,
             deleted_at is not null as is_deleted, is_joined, ${millis("closed_at")} as closed_at
        from deletion_categories`,
    sql<History["reports"][number][]>`
      select subject, category_id, service, deletion_id, attempt, state, effect, times,
             ${millis("received_at")} as received_at from ${keptReports(sql)}`,
    sql<History["aliases"][number][]>`select subject, deletion_id from deletion_aliases`,
    sql<History["requests"][number][]>`
      select subject, request_key, category_ids, ${millis("created_at")} as created_at from requests`,
  ]);
  return { events, parts, deletions, categories, reports, aliases, requests };
}

async function readServiceEvents(sql: Sql): Promise<ServiceEventRow[]> {
  const [table] = await sql<{ name: string | null }[]>`
    select to_regclass('service_events')::text as name`;
  if (!table?.name) return [];
  return await sql<ServiceEventRow[]>`
    select (extract(epoch from at) * 1000)::float8 as at, service, event
      from service_events order by seq`;
}

async function readRemains(sql: Sql): Promise<Remains> {
  const [jobs, workers] = await Promise.all([
    sql<{ id: string; is_locked: boolean }[]>`
      select id::text, locked_at is not null as is_locked from graphile_worker.jobs`,
    sql<{ worker_id: string; is_gone: boolean }[]>`
      select worker_id, not exists (
        select from pg_locks join pg_database d on d.oid = database
         where locktype = 'advisory' and datname = current_database()
           and classid = 7461 and objid = lock_key) as is_gone
        from hub_workers`,
  ]);
  return {
    lockedJobs: jobs.filter(({ is_locked }) => is_locked).map(({ id }) => id),
    goneWorkers: workers.filter(({ is_gone }) => is_gone).map(({ worker_id }) => worker_id),
    lookedAt: jobs.length + workers.length,
  };
}
