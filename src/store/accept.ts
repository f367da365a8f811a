import type { Origin } from "../domain/shown.ts";
import { addDriveJob } from "../queue/enqueue.ts";
import type { Store, Transaction } from "./connect.ts";
import { lockSubjects, rewriteSubject, type SubjectHashes } from "./rewrite-subject.ts";
import type { SealedSnapshot } from "./seal.ts";
import { transact } from "./transaction.ts";

/** A deletion that is to be accepted, with everything that does not depend on what is open already. */
export interface NewDeletion {
  readonly id: string;
  /** The ledger's user. */
  readonly subjects: SubjectHashes;
  readonly origin: Origin;
  /** The deletion whose parts are tried again, and whose fence, in ms, stays (contract 7). */
  readonly retry?: { readonly of: string; readonly fenceAt: number };
  /** Whose request it is, by the uid that asked: the ledger's user may be another of the same person. */
  readonly request: {
    readonly subjects: SubjectHashes;
    /** Under every live secret, the newest first; `null`: it has no id, and nothing is recorded for repeats. */
    readonly keys: readonly [string, ...string[]] | null;
  };
  /** Sorted, without duplicates. */
  readonly categoryIds: readonly string[];
  readonly parts: readonly {
    readonly categoryId: string;
    readonly service: string;
    readonly state: "waiting" | "due";
  }[];
  readonly snapshot: SealedSnapshot;
  /** The person's other uids, hashed, which reports may bear. */
  readonly aliases: readonly string[];
}

export interface Accepted {
  /** False: the same request was recorded by somebody else meanwhile; nothing was written. */
  readonly isRecorded: boolean;
  /** Whether a deletion was started; false when all categories were open already and were joined. */
  readonly isStarted: boolean;
  /** The deletion that was started, and those that were joined. */
  readonly deletionIds: readonly string[];
}

/**
 * Records a request, joins the categories that are open, and starts a deletion of the others with its
 * parts, their events and the queue's job, all in one transaction (rule 1). Safe to run twice: the request's
 * key makes the second run a repeat.
 *
 * The fence is the database's clock once all rows that decide are locked (contract 7), cut to milliseconds.
 *
 * @throws TakeoutError `unavailable`; whether it was recorded is then not known.
 */
export async function acceptDeletion(store: Store, deletion: NewDeletion): Promise<Accepted> {
  return await transact(store, (sql) => acceptWithin(sql, deletion));
}

/** The same, within a transaction that does more. */
export async function acceptWithin(sql: Transaction, deletion: NewDeletion): Promise<Accepted> {
  await lockUsers(sql, deletion);
  const [subject] = deletion.subjects;
  const { retry } = deletion;
  const [row] = await sql<{ recorded: number; started: number; ids: string[] }[]>`
      with request as (
        ${recordRequest(sql, deletion)}
      ), categories as (
        insert into deletion_categories (deletion_id, category_id, subject)
        select ${deletion.id}::uuid, category_id, ${subject}::uuid
          from unnest(${deletion.categoryIds as string[]}::text[]) as asked (category_id)
         where exists (select from request)
         order by category_id
        on conflict (subject, category_id) where closed_at is null do update set is_joined = true
        returning deletion_id, category_id
      ), own as (
        select category_id from categories where deletion_id = ${deletion.id}::uuid
      ), fence as (
        select date_trunc('milliseconds', clock_timestamp()) as at
          from (select count(*) as made from own) as counted where made > 0
      ), deletion as (
        insert into deletions (id, subject, origin, accepted_at, fence_at, retry_of, wake_at, sealed, wrapped, seal_key_id)
        select ${deletion.id}::uuid, ${subject}::uuid, ${deletion.origin}, at,
               to_timestamp(${retry?.fenceAt ?? null}::float8 / 1000), ${retry?.of ?? null}::uuid, at,
               ${deletion.snapshot.sealed}::bytea, ${deletion.snapshot.wrapped}::bytea,
               ${deletion.snapshot.sealKeyId}
          from fence
        returning id, seq, accepted_at
      ), made as (
        insert into parts (deletion_id, category_id, service, subject, seq, state, due_at)
        select deletion.id, part.category_id, part.service, ${subject}::uuid, deletion.seq,
               part.state, deletion.accepted_at
          from deletion
          cross join jsonb_to_recordset(${JSON.stringify(deletion.parts.map(toRow))}::jsonb)
                  as part (category_id text, service text, state text)
          join own using (category_id)
        returning deletion_id, category_id, service, attempt, state
      ), named as (
        insert into deletion_aliases (subject, deletion_id)
        select alias, deletion.id from deletion cross join unnest(${deletion.aliases as string[]}::uuid[]) as alias
      ), logged as (
        insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
        select deletion_id, category_id, service, attempt, 'accepted', state, ${deletion.origin} from made
      ), linked as (
        insert into request_deletions (request_key, deletion_id)
        select distinct ${deletion.request.keys?.[0] ?? null}::uuid, deletion_id from categories
         where ${deletion.request.keys !== null}
        on conflict do nothing
      ), job as (
        select ${addDriveJob(sql, sql`id`, sql`accepted_at`)} from deletion
      )
      select (select count(*) from request)::int as recorded, (select count(*) from job)::int as started,
             array(select distinct deletion_id from categories) as ids`;
  return {
    isRecorded: row?.recorded === 1,
    isStarted: row?.started === 1,
    deletionIds: row?.ids ?? [],
  };
}

/**
 * The index that lets one deletion of a category be open knows a user by one hash only: while several secrets
 * are live, what bears another hash is given the current one first.
 */
async function lockUsers(sql: Transaction, { subjects, request }: NewDeletion): Promise<void> {
  await lockSubjects(sql, [...new Set([...subjects, ...request.subjects])]);
  await rewriteSubject(sql, subjects);
  if (request.subjects[0] !== subjects[0]) await rewriteSubject(sql, request.subjects);
}

function recordRequest(sql: Transaction, { request, categoryIds }: NewDeletion) {
  const { keys, subjects } = request;
  if (keys === null) return sql`select 1`;
  const others = sql`
    where not exists (select from requests
                       where subject = any(${subjects as unknown as string[]}::uuid[])
                         and request_key = any(${keys as unknown as string[]}::uuid[]))`;
  return sql`
    insert into requests (subject, request_key, category_ids)
    select ${subjects[0]}::uuid, ${keys[0]}::uuid, ${categoryIds as string[]}::text[]
    ${keys.length > 1 ? others : sql``}
    on conflict (subject, request_key) do nothing
    returning 1`;
}

function toRow(part: NewDeletion["parts"][number]) {
  return { category_id: part.categoryId, service: part.service, state: part.state };
}
