import type { ServiceState } from "../domain/service-state.ts";
import type { Sql, Store, Transaction } from "./connect.ts";
import { guarded } from "./transaction.ts";

/** What the ledger knows of services, and its clock. */
export interface ServiceStates {
  readonly states: readonly ServiceState[];
  /** Database time in ms. */
  readonly now: number;
}

/**
 * Reads the breakers of these services, and which have parts parked. Asked by every process every second, so
 * each costs a look into two indexes.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function readServiceStates(
  store: Store,
  services: readonly string[],
): Promise<ServiceStates> {
  const rows = await guarded(store.sql<(ServiceState & { now: number })[]>`
    select asked.service, coalesce(known.breaker, 'closed') as breaker,
           (extract(epoch from known.since) * 1000)::float8 as since,
           (extract(epoch from known.probe_at) * 1000)::float8 as "probeAt",
           known.paused_at is not null as "isPaused",
           (select true from parts where parts.service = asked.service and parked_at is not null limit 1) is not null as "hasBacklog",
           (extract(epoch from clock_timestamp()) * 1000)::float8 as now
      from unnest(${services as string[]}::text[]) as asked (service)
      left join service_states known on known.service = asked.service`);
  return { states: rows, now: rows[0]?.now ?? 0 };
}

/** What was ever noted of services; those of which nothing was are well. Moments in ms. */
export async function readKnownServices(sql: Sql | Transaction) {
  return await sql<
    { service: string; breaker: "closed" | "open"; since: number | null; pausedAt: number | null }[]
  >`
    select service, breaker, (extract(epoch from since) * 1000)::float8 as since,
           (extract(epoch from paused_at) * 1000)::float8 as "pausedAt" from service_states`;
}

/** Those of the services whose breaker is open, as of now. */
export async function findOpenBreakers(
  sql: Transaction,
  services: readonly string[],
): Promise<ReadonlySet<string>> {
  if (services.length === 0) return new Set();
  const rows = await sql<{ service: string }[]>`
    select service from service_states
     where service = any(${services as string[]}::text[]) and breaker = 'open'`;
  return new Set(rows.map(({ service }) => service));
}

/** Opens a breaker for all processes; one that is open already stays as it is. */
export async function openBreaker(store: Store, service: string, probeInMs: number): Promise<void> {
  await guarded(store.sql`
    with opened as (
      insert into service_states (service, breaker, since, probe_at)
      values (${service}, 'open', clock_timestamp(), clock_timestamp() + ${probeInMs} * interval '1 ms')
      on conflict (service) do update
        set breaker = excluded.breaker, since = excluded.since, probe_at = excluded.probe_at
        where service_states.breaker = 'closed'
      returning service
    )
    insert into service_events (service, event) select service, 'breaker_opened' from opened`);
}

/**
 * Claims the next probe: whoever comes first has it, for as long as the lease says.
 *
 * @returns what the lease is known by; `null`: it is not time for a probe, or another has it.
 */
export async function claimProbe(
  store: Store,
  service: string,
  leaseMs: number,
): Promise<string | null> {
  const [row] = await guarded(store.sql<{ lease: string }[]>`
    update service_states set probe_at = clock_timestamp() + ${leaseMs} * interval '1 ms'
     where service = ${service} and breaker = 'open' and paused_at is null and probe_at <= clock_timestamp()
    returning probe_at::text as lease`);
  return row?.lease ?? null;
}

/** Ends the lease of a probe that came to nothing; one that was answered is over, and stays as it is. */
export async function giveUpProbe(
  store: Store,
  service: string,
  lease: string,
  nextInMs: number,
): Promise<void> {
  await guarded(store.sql`
    update service_states set probe_at = clock_timestamp() + ${nextInMs} * interval '1 ms'
     where service = ${service} and breaker = 'open' and probe_at = ${lease}::text::timestamptz`);
}

/** Puts the next probe at this distance from now. */
export async function scheduleProbe(store: Store, service: string, inMs: number): Promise<void> {
  await guarded(store.sql`
    update service_states set probe_at = clock_timestamp() + ${inMs} * interval '1 ms'
     where service = ${service} and breaker = 'open'`);
}

/** Closes a breaker for all processes. */
export async function closeBreaker(store: Store, service: string): Promise<void> {
  await guarded(store.sql`
    with closed as (
      update service_states set breaker = 'closed', since = clock_timestamp(), probe_at = null
       where service = ${service} and breaker = 'open' returning service
    )
    insert into service_events (service, event) select service, 'breaker_closed' from closed`);
}

/** Lets nothing be called any more; one that is paused already stays so since when it was. */
export async function pauseService(sql: Transaction, service: string): Promise<void> {
  await sql`
    with paused as (
      insert into service_states (service, paused_at) values (${service}, clock_timestamp())
      on conflict (service) do update set paused_at = excluded.paused_at
        where service_states.paused_at is null
      returning service
    )
    insert into service_events (service, event) select service, 'paused' from paused`;
}

/** Lets it be called again. */
export async function resumeService(sql: Transaction, service: string): Promise<void> {
  await sql`
    with resumed as (
      update service_states set paused_at = null
       where service = ${service} and paused_at is not null returning service
    )
    insert into service_events (service, event) select service, 'resumed' from resumed`;
}
