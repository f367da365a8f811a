import type { Sql, Store, Transaction } from "./connect.ts";
import { moveExports } from "./exports/rewrite-subject.ts";
import { guarded, transact } from "./transaction.ts";

/** A user's hash under the current secret, and those under the older ones that are still live. */
export type SubjectHashes = readonly [current: string, ...old: string[]];

/** Serializes what decides for a user as a whole: class of the advisory locks on his hashes. */
const subjectLockClass = 7462;

/**
 * Lets one transaction at a time decide for these users. All their hashes are locked, because a process with
 * another order of secrets, or with fewer of them, shares at least one; in one order, so that no two wait
 * for each other. It is sent at once, before whatever is sent after it.
 */
export async function lockSubjects(sql: Transaction, subjects: readonly string[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(${subjectLockClass}::int, key)
      from (select distinct hashtext(subject) as key from unnest(${subjects as string[]}::text[]) as subject
             order by key offset 0) as keys`.execute();
}

/**
 * Gives a user's rows the hash of the current secret, all of them in one transaction, if any bears another.
 * Idempotent. What cannot be made anew is left: a `requests` row needs its `request_id` too.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function rewriteUser(
  store: Store,
  hashes: SubjectHashes,
  deadlineMs?: number,
): Promise<void> {
  const [, ...old] = hashes;
  if (old.length === 0) return;
  if ((await guarded(findBearers(store.sql, old), deadlineMs)).size === 0) return;
  await transact(
    store,
    async (sql) => {
      await lockSubjects(sql, hashes);
      await rewriteSubject(sql, hashes);
    },
    deadlineMs,
  );
}

/** Which of these hashes any row bears that a rewriting would give another. */
export async function findBearers(
  sql: Sql | Transaction,
  subjects: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ subject: string }[]>`
    select distinct asked.subject from unnest(${subjects as string[]}::uuid[]) as asked (subject)
     cross join lateral (
       (select from deletion_categories t where t.subject = asked.subject limit 1) union all
       (select from deletion_aliases t where t.subject = asked.subject limit 1) union all
       (select from own_states t where t.subject = asked.subject limit 1) union all
       (select from export_subjects t where t.subject = asked.subject limit 1) union all
       (select from holds t where t.subject = asked.subject limit 1) union all
       (select from reports t where t.subject = asked.subject limit 1)) as found`;
  return new Set(rows.map(({ subject }) => subject));
}

/** The same, within a transaction that holds the user's lock. */
export async function rewriteSubject(
  sql: Transaction,
  [current, ...old]: SubjectHashes,
): Promise<void> {
  if (old.length === 0) return;
  for (const from of await findBearers(sql, old)) await moveRows(sql, from, current);
}

/**
 * Deletions are locked as drives and reports lock them, in order of acceptance, so that nobody who holds one
 * sees the rows of its user change. One of a category that is open under the current hash too is left
 * as it is: only processes that did not know of each other's secrets can have opened both.
 */
async function moveRows(sql: Transaction, from: string, to: string): Promise<void> {
  const locked = await sql<{ id: string }[]>`
    select id from deletions
     where id = any(array(select deletion_id from deletion_categories where subject = ${from}
                    union select deletion_id from deletion_aliases where subject = ${from}))
     order by seq for update`;
  const ids = locked.map(({ id }) => id);
  await sql`
    with movable as materialized (
      select id from deletions d
       where id = any(${ids}::uuid[]) and subject = ${from}
         and not exists (
           select from deletion_categories own
             join deletion_categories other on other.category_id = own.category_id
            where own.deletion_id = d.id and own.closed_at is null
              and other.subject = ${to} and other.closed_at is null)
    ), moved as (
      update deletions set subject = ${to} where id = any(array(select id from movable))
    ), categories as (
      update deletion_categories set subject = ${to} where deletion_id = any(array(select id from movable))
    ), shares as (
      update parts set subject = ${to} where deletion_id = any(array(select id from movable))
    ), taken as (
      delete from own_states where subject = ${from} returning category_id, service, deleted_at
    ), given as (
      insert into own_states (subject, category_id, service, deleted_at)
      select ${to}::uuid, category_id, service, deleted_at from taken
      on conflict (subject, category_id, service) do update
        set deleted_at = greatest(own_states.deleted_at, excluded.deleted_at)
    ), twice as (
      delete from reports r using reports kept
       where r.subject = ${from} and kept.subject = ${to} and kept.category_id = r.category_id
         and kept.service = r.service and kept.body_hash = r.body_hash
      returning kept.id, r.times, r.received_at, r.last_received_at
    ), folded as (
      update reports set times = reports.times + twice.times,
                         received_at = least(reports.received_at, twice.received_at),
                         last_received_at = greatest(reports.last_received_at, twice.last_received_at)
        from twice where reports.id = twice.id
    )
    update deletion_aliases set subject = ${to} where subject = ${from}`;
  await sql`update reports set subject = ${to} where subject = ${from}`;
  await sql`update holds set subject = ${to} where subject = ${from}`;
  await moveExports(sql, from, to);
}
