import type { Store } from "../connect.ts";
import { guarded, transact } from "../transaction.ts";

// As elsewhere, moments are compared with statement_timestamp(), for which an index is searched.

const batch = 100;
const fileBatch = 500;
const batchDeadlineMs = 10_000;

/**
 * Ends the time of archives that were kept long enough.
 *
 * @returns how many; as many as one statement takes, if there may be more.
 * @throws TakeoutError `unavailable`.
 */
export async function expireArchives(store: Store): Promise<number> {
  const [row] = await guarded(store.sql<{ count: number }[]>`
    with over as (
      update exports set is_expired = true, archive_id = null, updated_at = clock_timestamp()
       where id = any(array(
         select id from exports
          where archive_id is not null and closed_at is not null and expires_at <= statement_timestamp()
          order by expires_at limit ${batch} for update skip locked))
      returning id, attempt, state
    ), gone as (
      update export_archives set remove_at = clock_timestamp()
        from over where export_archives.export_id = over.id
    ), logged as (
      insert into export_events (export_id, attempt, event, from_state, to_state, source)
      select id, attempt, 'expired', state, 'expired', 'schedule' from over
    )
    select count(*)::int as count from over`);
  return row?.count ?? 0;
}

export const mostExpired = batch;

/** Archives that no link leads to any more. @throws TakeoutError `unavailable`. */
export async function findSpentArchives(
  store: Store,
): Promise<{ readonly id: string; readonly blobKey: string }[]> {
  const rows = await guarded(store.sql<{ id: string; blobKey: string }[]>`
    select id, blob_key as "blobKey" from export_archives
     where remove_at <= statement_timestamp() order by remove_at limit ${batch}`);
  return [...rows];
}

/** Forgets archives whose blobs are removed. @throws TakeoutError `unavailable`. */
export async function forgetArchives(store: Store, ids: readonly string[]): Promise<void> {
  await guarded(store.sql`delete from export_archives where id = any(${ids as string[]}::uuid[])`);
}

/** Exports whose services' files are needed no longer. @throws TakeoutError `unavailable`. */
export async function findSpentExports(store: Store): Promise<string[]> {
  const rows = await guarded(store.sql<{ id: string }[]>`
    select id from exports where purge_at <= statement_timestamp() order by purge_at limit ${batch}`);
  return rows.map(({ id }) => id);
}

export interface Purged {
  /** Blobs that these files led to. */
  readonly blobKeys: readonly string[];
  readonly isMore: boolean;
}

/**
 * Forgets files of a closed export that are needed no longer, and with the last of them the key of their names and
 * whatever was sealed with it.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function purgeFiles(store: Store, id: string): Promise<Purged> {
  return await transact(
    store,
    async (sql) => {
      const [due] = await sql`
        select from exports
         where id = ${id} and closed_at is not null and purge_at <= statement_timestamp() for update`;
      if (!due) return { blobKeys: [], isMore: false };
      const gone = await sql<{ blob_key: string }[]>`
        delete from export_files where seq = any(array(
          select seq from export_files where export_id = ${id} order by service, seq limit ${fileBatch}))
        returning blob_key`;
      const isMore = gone.length === fileBatch;
      if (!isMore) {
        await sql`
          update exports set sealed = null, sealed_until = null, wrapped = null, seal_key_id = null, purge_at = null
           where id = ${id}`;
      }
      return { blobKeys: [...new Set(gone.map(({ blob_key }) => blob_key))], isMore };
    },
    batchDeadlineMs,
  );
}

/**
 * Forgets exports that ended so long ago, with all that is known of them.
 *
 * @returns whether there may be more.
 * @throws TakeoutError `unavailable`.
 */
export async function deleteOldExports(store: Store, olderThanMs: number): Promise<boolean> {
  const [row] = await guarded(
    store.sql<{ count: number }[]>`
    with gone as materialized (
      delete from exports where id = any(array(
        select id from exports
         where wrapped is null and archive_id is null
           and closed_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
           and not exists (select from export_archives a where a.export_id = exports.id)
         order by closed_at limit ${batch} for update skip locked))
      returning id
    ), shares as (
      delete from export_parts where export_id = any(array(select id from gone))
    ), users as (
      delete from export_subjects where export_id = any(array(select id from gone))
    ), events as (
      delete from export_events where export_id = any(array(select id from gone))
    )
    select count(*)::int as count from gone`,
    batchDeadlineMs,
  );
  return row?.count === batch;
}

/** Forgets which export a request was about. @returns whether there may be more. @throws TakeoutError `unavailable`. */
export async function deleteExportRequests(store: Store, olderThanMs: number): Promise<boolean> {
  const deleted = await guarded(store.sql`
    delete from export_requests where ctid = any(array(
      select ctid from export_requests
       where created_at < statement_timestamp() - ${olderThanMs} * interval '1 ms'
       order by created_at limit ${fileBatch} for update skip locked))`);
  return deleted.count === fileBatch;
}
