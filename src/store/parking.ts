import { setTimeout } from "node:timers/promises";
import type { Store } from "./connect.ts";
import { guarded, transact } from "./transaction.ts";

/**
 * How many of a line are looked at, however few are wanted: others may be at its head, for several services
 * that recover at once stand in the same deletions.
 */
const lookAhead = 64;
/** How far behind the first of another line one may stand and be taken along. */
const takenAlongWithin = "10 s";
const batch = 500;
const looksAtBusy = 20;
const lookAgainMs = 100;

/** Who was let go on. */
export interface Unparked {
  /** Of open deletions; fewer than asked for where others are at them, or nobody else stands in line. */
  readonly deletionIds: readonly string[];
  /** Whether nobody is left in line, not even one that another process is at. */
  readonly isLineEmpty: boolean;
}

/**
 * Lets the first of a service's line go on: their parts are not parked any more, and whoever asked for them
 * is to drive them. Should it die of it, the sweep finds them.
 *
 * @param count - how many deletions at most.
 * @param along - other services that have room: parts of the same deletions that stand near the head of their
 * lines go on with them. Services that recover at once then cost one drive of a deletion, not one each.
 * @throws TakeoutError `unavailable`.
 */
export async function unpark(
  store: Store,
  service: string,
  count: number,
  along: readonly string[] = [],
): Promise<Unparked> {
  const looked = count + lookAhead;
  return await transact(store, async (sql) => {
    const rows = await sql<{ id: string | null; is_open: boolean; rest: number }[]>`
      with head as materialized (
        select deletion_id, parked_at from parts
         where service = ${service} and parked_at is not null
         order by parked_at limit ${looked}
      ), line as materialized (
        select deletion_id, min(parked_at) as place from head group by deletion_id
      ), locked as materialized (
        select id, closed_at is null as is_open from deletions d
         where id = any(array(select deletion_id from line))
         order by (select place from line where line.deletion_id = d.id)
         limit ${count} for update skip locked
      ), freed as (
        update parts set parked_at = null
          from locked
         where parts.deletion_id = locked.id and parked_at is not null
           and (parts.service = ${service}
                or (parts.service = any(${along as string[]}::text[])
                    and parked_at <= ${takenAlongWithin}::interval + (
                      select first.parked_at from parts first
                       where first.service = parts.service and first.parked_at is not null
                       order by first.parked_at limit 1)))
      ), woken as (
        update deletions set wake_at = least(wake_at, clock_timestamp()) from locked
         where deletions.id = locked.id and locked.is_open
      ), counted as (
        select (case when (select count(*) from head) = ${looked} then 1 else 0 end
                + (select count(*) from line) - (select count(*) from locked))::int as rest
      )
      select id, is_open, rest from counted left join locked on true`;
    return {
      deletionIds: rows.flatMap(({ id, is_open }) => (id !== null && is_open ? [id] : [])),
      isLineEmpty: rows[0]?.rest === 0,
    };
  });
}

/**
 * Lets parts that wait out a backoff for this service join its line: it is well again, and what failed
 * before need not wait for minutes. One that was told to come later (429) is left alone. What fails while
 * this runs is left to its new backoff.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function parkBackoff(store: Store, service: string): Promise<void> {
  let after: Waiting | undefined;
  do {
    const waiting = await listBackoff(store, service, batch, after);
    await parkPatiently(store, service, waiting);
    after = waiting.length === batch ? waiting.at(-1) : undefined;
  } while (after);
}

/**
 * Lets the first part that waits out a backoff for this service join its line.
 *
 * @returns `none`: there is no such part; `busy`: somebody is at it.
 * @throws TakeoutError `unavailable`.
 */
export async function parkFirstBackoff(
  store: Store,
  service: string,
): Promise<"parked" | "busy" | "none"> {
  const waiting = await listBackoff(store, service, 1);
  if (waiting.length === 0) return "none";
  const left = await parkSome(store, service, waiting);
  return left.length === 0 ? "parked" : "busy";
}

/** A deletion with parts in backoff; when they are due, as the database writes it. */
interface Waiting {
  readonly id: string;
  readonly due: string;
}

async function listBackoff(
  store: Store,
  service: string,
  limit: number,
  after: Waiting = { id: "00000000-0000-0000-0000-000000000000", due: "-infinity" },
): Promise<Waiting[]> {
  const rows = await guarded(store.sql<Waiting[]>`
    select deletion_id as id, due_at::text as due from parts
     where service = ${service} and failures > 0 and state = 'due' and parked_at is null
       and due_at > statement_timestamp() and error_code is distinct from 'http_429'
       and (due_at, deletion_id) > (${after.due}::text::timestamptz, ${after.id}::uuid)
     order by due_at, deletion_id limit ${limit}`);
  return [...rows];
}

/** Those that others are at are looked at again: a deletion is never locked for long. */
async function parkPatiently(
  store: Store,
  service: string,
  waiting: readonly Waiting[],
): Promise<void> {
  let left = waiting;
  for (let looks = 0; left.length > 0 && looks < looksAtBusy; looks += 1) {
    if (looks > 0) await setTimeout(lookAgainMs);
    left = await parkSome(store, service, left);
  }
}

/** @returns those that others are at. */
async function parkSome(
  store: Store,
  service: string,
  waiting: readonly Waiting[],
): Promise<Waiting[]> {
  return await transact(store, async (sql) => {
    const rows = await sql<{ id: string }[]>`
      with locked as materialized (
        select id from deletions where id = any(${waiting.map(({ id }) => id)}::uuid[])
         order by seq for update skip locked
      ), parked as (
        update parts set parked_at = clock_timestamp(), due_at = clock_timestamp()
          from locked
         where parts.deletion_id = locked.id and parts.service = ${service} and failures > 0
           and state = 'due' and parked_at is null and due_at > statement_timestamp()
           and error_code is distinct from 'http_429'
      )
      select id from locked`;
    const reached = new Set(rows.map(({ id }) => id));
    return waiting.filter(({ id }) => !reached.has(id));
  });
}
