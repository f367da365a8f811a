import type { Store } from "./connect.ts";
import { addToCounts, lockCounts } from "./part-counts.ts";
import { guarded, transact } from "./transaction.ts";

// As in the sweep, moments are compared with statement_timestamp(), for which an index is searched, and rows
// are found by an array, because a join may read the whole table; so may `not exists`, but a lateral row may not.

/** How many rows one statement deletes at most; a deletion has many in other tables. */
const rowBatch = 500;
const deletionBatch = 100;
const batchDeadlineMs = 10_000;

/** @returns whether there may be more. @throws TakeoutError `unavailable`. */
type DeleteBatch = (store: Store, olderThanMs: number) => Promise<boolean>;

/** Forgets requests by their age: a repeat that comes later is a new wish (contract 5). */
export const deleteRequests: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from requests where ctid = any(array(
      select ctid from requests where created_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       order by created_at limit ${rowBatch} for update skip locked))`);
  return deleted.count === rowBatch;
};

/** Forgets which deletions a request was about, with the request. */
export const deleteRequestLinks: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from request_deletions where ctid = any(array(
      select ctid from request_deletions
       where created_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       limit ${rowBatch} for update skip locked))`);
  return deleted.count === rowBatch;
};

/** Forgets what was answered to operators under an `Idempotency-Key` (contract 10). */
export const deleteIdempotencyKeys: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys
       where created_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       order by created_at limit ${rowBatch} for update skip locked))`);
  return deleted.count === rowBatch;
};

/** Forgets reports, once the deletion that they name is forgotten too. */
export const deleteReports: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from reports where ctid = any(array(
      select r.ctid from reports r
        left join lateral (select true as is_there from deletions where id = r.deletion_id limit 1) as d on true
       where last_received_at < statement_timestamp() - ${olderThanMs} * interval '1 ms' and d.is_there is null
       order by last_received_at limit ${rowBatch} for update of r skip locked))`);
  return deleted.count === rowBatch;
};

/** Forgets what services reported of users outside any deletion. */
export const deleteOwnStates: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from own_states where ctid = any(array(
      select ctid from own_states where deleted_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       order by deleted_at limit ${rowBatch} for update skip locked))`);
  return deleted.count === rowBatch;
};

/** Forgets what operators did. Told by age, but found by their order: few rows, and none is ever changed. */
export const deleteAuditEvents: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from audit_events where seq = any(array(
      select seq from (select seq, at from audit_events order by seq limit ${rowBatch}) as first
       where at < statement_timestamp() - ${olderThanMs} * interval '1 ms'))`);
  return deleted.count === rowBatch;
};

/** Forgets when breakers opened and closed, and pauses; found like the acts of operators. */
export const deleteServiceEvents: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from service_events where seq = any(array(
      select seq from (select seq, at from service_events order by seq limit ${rowBatch}) as first
       where at < statement_timestamp() - ${olderThanMs} * interval '1 ms'))`);
  return deleted.count === rowBatch;
};

/**
 * Deletes jobs that will never run again: a job that is added anew while a worker that died holds it leaves
 * such a row. A private table of graphile-worker 0.18, whose own cleanup knows no batches.
 */
export const deleteDeadJobs: DeleteBatch = async ({ sql }, olderThanMs) => {
  const deleted = await guarded(sql`
    delete from graphile_worker._private_jobs where id = any(array(
      select id from graphile_worker._private_jobs
       where attempts >= max_attempts and locked_at is null
         and updated_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       limit ${rowBatch} for update skip locked))`);
  return deleted.count === rowBatch;
};

/** Where a page of old deletions ended. */
export interface OldDeletion {
  readonly closedAt: string;
  readonly id: string;
}

/** Before all of them. */
export const oldestDeletion: OldDeletion = {
  closedAt: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};

/**
 * Forgets what is older than that of the next closed deletions: each category whose last part closed so long
 * ago, and the deletion itself when none of them is left. One that still has its snapshot stays whole. A
 * category stays as long as an older deletion of it does, so that what was overtaken never becomes
 * the user's last word again.
 *
 * @returns where to go on; `null`: there are no more.
 * @throws TakeoutError `unavailable`.
 */
export async function deleteOldDeletions(
  store: Store,
  olderThanMs: number,
  after: OldDeletion,
): Promise<OldDeletion | null> {
  return await transact(
    store,
    async (sql) => {
      const old = sql`statement_timestamp() - ${olderThanMs} * interval '1 ms'`;
      const page = await sql<OldDeletion[]>`
        select closed_at::text as "closedAt", id from deletions
         where closed_at is not null and sealed is null and closed_at < ${old}
           and closed_at >= ${after.closedAt}::timestamptz
           and (closed_at, id) > (${after.closedAt}::timestamptz, ${after.id}::uuid)
         order by closed_at, id limit ${deletionBatch} for update skip locked`;
      const ids = page.map(({ id }) => id);
      await lockCounts(sql);
      await sql`
        with aged as materialized (
          select c.ctid as at, c.deletion_id, c.category_id from deletion_categories c
            left join lateral (
              select true as is_there from deletion_categories o
               cross join lateral (select closed_at, sealed from deletions where id = o.deletion_id limit 1) as d
               cross join lateral (select max(closed_at) as last_at from parts p
                                    where p.deletion_id = o.deletion_id and p.category_id = o.category_id) as p
               where o.subject = c.subject and o.category_id = c.category_id and o.seq <= c.seq
                 and (d.closed_at is null or d.closed_at >= ${old} or d.sealed is not null or p.last_at >= ${old})
               limit 1) as younger on true
           where c.deletion_id = any(${ids}::uuid[]) and younger.is_there is null
        ), shares as (
          delete from parts where ctid = any(array(
            select p.at from aged cross join lateral (
              select ctid as at from parts p
               where p.deletion_id = aged.deletion_id and p.category_id = aged.category_id offset 0) as p))
          returning service, category_id, state
        ), fewer as (
          ${addToCounts(sql, sql`select service, category_id, state, -1 as count from shares`)}
        )
        delete from deletion_categories where ctid = any(array(select at from aged))`;
      await sql`
        with gone as materialized (
          delete from deletions where id = any(array(
            select asked.id from unnest(${ids}::uuid[]) as asked (id)
              left join lateral (select true as is_there from deletion_categories c
                                  where c.deletion_id = asked.id limit 1) as c on true
             where c.is_there is null))
          returning id
        ), names as (
          delete from deletion_aliases where deletion_id = any(array(select id from gone))
        ), notices as (
          delete from stuck_notices where deletion_id = any(array(select id from gone))
        ), proposals as (
          delete from resolve_proposals where deletion_id = any(array(select id from gone))
        )
        delete from events where deletion_id = any(array(select id from gone))`;
      return page.length === deletionBatch ? (page.at(-1) ?? null) : null;
    },
    batchDeadlineMs,
  );
}
