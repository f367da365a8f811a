import { addExportJob } from "../../queue/enqueue.ts";
import type { Store } from "../connect.ts";
import { guarded, transact } from "../transaction.ts";

const sweepLock = 7467;

/** How long a wake-up may be overdue before the queue is not waited for any more, in ms. */
const graceMs = 10_000;

/**
 * Re-adds the drive of every open export that should have woken and did not. One process at a time; at most 500 a run.
 *
 * @returns how many were woken; `null` when another process is at it.
 * @throws TakeoutError `unavailable`.
 */
export async function sweepExports(store: Store): Promise<number | null> {
  return await transact(store, async (sql) => {
    const [lock] = await sql<{ is_held: boolean }[]>`
      select pg_try_advisory_xact_lock(${sweepLock}::bigint) as is_held`;
    if (!lock?.is_held) return null;
    const [row] = await sql<{ woken: number }[]>`
      with overdue as (
        select id from exports e
         where closed_at is null and wake_at < statement_timestamp() - ${graceMs} * interval '1 ms'
           and (leased_until is null or leased_until < clock_timestamp())
           and not exists (select from export_parts p where p.export_id = e.id and p.leased_until > clock_timestamp())
         order by wake_at limit 500 for update skip locked
      ), woken as (
        update exports set wake_at = clock_timestamp()
         where id = any(array(select id from overdue)) returning id
      )
      select count(${addExportJob(sql, sql`id::text`, sql`clock_timestamp()`, "preserve_run_at")})::int as woken
        from woken`;
    return row?.woken ?? 0;
  });
}

/** Services in whose line some export stands. @throws TakeoutError `unavailable`. */
export async function findParkedServices(store: Store): Promise<string[]> {
  const rows = await guarded(store.sql<{ service: string }[]>`
    select distinct service from export_parts where parked_at is not null`);
  return rows.map(({ service }) => service);
}

/**
 * Lets the first of a service's line go on: they are not parked any more, and their drives are added.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function unparkExports(store: Store, service: string, count: number): Promise<void> {
  await transact(store, async (sql) => {
    await sql`
      with head as materialized (
        select export_id from export_parts where service = ${service} and parked_at is not null
         order by parked_at limit ${count}
      ), locked as materialized (
        select id from exports where id = any(array(select export_id from head)) order by id for update skip locked
      ), freed as (
        update export_parts p set parked_at = null from locked
         where p.export_id = locked.id and p.service = ${service} and p.parked_at is not null
      ), woken as (
        update exports e set wake_at = least(wake_at, clock_timestamp()) from locked
         where e.id = locked.id and e.closed_at is null returning e.id
      )
      select ${addExportJob(sql, sql`id::text`, sql`clock_timestamp()`)} from woken`;
  });
}
