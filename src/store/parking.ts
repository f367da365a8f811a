import type { Store } from "./connect.ts";
import { transact } from "./transaction.ts";

/** How far beyond what is wanted the line is looked at: another process may be at its head. */
const lookAhead = 8;
const batch = 500;

/**
 * Lets the first of a service's line go on: their parts are not parked any more, and whoever asked for them
 * is to drive them. Should it die of it, the sweep finds them.
 *
 * @param count - how many deletions at most.
 * @returns their ids; fewer than asked for where others are at them.
 * @throws TakeoutError `unavailable`.
 */
export async function unpark(store: Store, service: string, count: number): Promise<string[]> {
  return await transact(store, async (sql) => {
    const rows = await sql<{ id: string; is_open: boolean }[]>`
      with line as materialized (
        select deletion_id, min(parked_at) as place
          from (select deletion_id, parked_at from parts
                 where service = ${service} and parked_at is not null
                 order by parked_at limit ${count * lookAhead}) as head
         group by deletion_id
      ), locked as materialized (
        select id, closed_at is null as is_open from deletions d
         where id = any(array(select deletion_id from line))
         order by (select place from line where line.deletion_id = d.id)
         limit ${count} for update skip locked
      ), freed as (
        update parts set parked_at = null
          from locked
         where parts.deletion_id = locked.id and parts.service = ${service} and parked_at is not null
      ), woken as (
        update deletions set wake_at = least(wake_at, clock_timestamp()) from locked
         where deletions.id = locked.id and locked.is_open
      )
      select id, is_open from locked`;
    return rows.filter((row) => row.is_open).map(({ id }) => id);
  });
}

/**
 * Lets parts that wait out a backoff for this service join its line: it is well again, and what failed
 * before need not wait for minutes. One that was told to come later (429) is left alone.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function parkBackoff(store: Store, service: string): Promise<void> {
  while ((await parkSomeBackoff(store, service)) === batch);
}

async function parkSomeBackoff(store: Store, service: string): Promise<number> {
  return await transact(store, async (sql) => {
    const rows = await sql`
      with waiting as (
        select deletion_id from parts
         where service = ${service} and failures > 0 and state = 'due' and parked_at is null
           and due_at > statement_timestamp() and error_code is distinct from 'http_429'
         order by due_at limit ${batch}
      ), locked as materialized (
        select id from deletions where id = any(array(select deletion_id from waiting))
         order by seq for update skip locked
      )
      update parts set parked_at = clock_timestamp(), due_at = clock_timestamp()
        from locked
       where parts.deletion_id = locked.id and parts.service = ${service} and failures > 0
         and state = 'due' and parked_at is null and due_at > statement_timestamp()
      returning parts.deletion_id`;
    return rows.length;
  });
}
