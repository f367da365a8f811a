import type { Origin } from "../domain/shown.ts";
import { addDriveJobs } from "../queue/enqueue.ts";
import type { Store, Transaction } from "./connect.ts";
import { goesAlone, type MergedCall, mergeCalls } from "./merge-calls.ts";
import { lockSubjects, rewriteSubject, type SubjectHashes } from "./rewrite-subject.ts";
import type { SealedSnapshot } from "./seal.ts";
import { isContention, transact } from "./transaction.ts";

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
  /** One for each service of each category. */
  readonly parts: readonly NewPart[];
  /** Every hash that a hold on this person may bear. */
  readonly heldAs: readonly string[];
  readonly snapshot: SealedSnapshot;
  /** The person's other uids, hashed, which reports may bear. */
  readonly aliases: readonly string[];
}

export interface NewPart {
  readonly categoryId: string;
  readonly service: string;
  readonly state: "waiting" | "due";
}

/**
 * `held`: an operator forbids it; `repeat`: the request is recorded already, for these categories, sorted; `raced`:
 * somebody records the same request just now, and whoever asks again is told what.
 */
export type Acceptance =
  | ({ readonly kind: "accepted" } & Accepted)
  | { readonly kind: "held" }
  | { readonly kind: "raced" }
  | { readonly kind: "repeat"; readonly categoryIds: readonly string[] };

export interface Accepted {
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
export type AcceptDeletion = MergedCall<NewDeletion, Acceptance>;

/** Those that come at the same time share a transaction, one user at a time. */
export function createAcceptor(store: Store): AcceptDeletion {
  return mergeCalls<NewDeletion, Acceptance>({
    together: (deletions, withinMs) =>
      transact(store, (sql) => acceptTogether(sql, deletions), withinMs),
    alone: async (deletion, withinMs) =>
      await transact(store, (sql) => acceptWithin(sql, deletion), withinMs),
    keyOf: ({ subjects }) => subjects[0],
    weightOf: ({ parts, heldAs }) => Math.max(parts.length, heldAs.length),
    heaviest: mostAtOnce,
    overlaps: true,
  });
}

/**
 * Parts, or hashes that are locked, for which the database has room for a few thousand. With a hundred services two batches
 * of half as many parts at a time were a sixth faster than one, and larger ones no better.
 */
const mostAtOnce = 1_000;

/**
 * Somebody who stands still may hold a row that one of them needs, and they must not all wait for it: then each goes
 * alone. So it does while several secrets are live, when a user has several hashes, and rows may have to be moved.
 */
async function acceptTogether(
  sql: Transaction,
  deletions: readonly NewDeletion[],
): Promise<readonly (Acceptance | typeof goesAlone)[]> {
  if (deletions.some(({ subjects }) => subjects.length > 1)) return deletions.map(() => goesAlone);
  try {
    // Sent in one go and done one after the other: the last sees all that was committed before the locks were had.
    const [, , accepted] = await Promise.all([
      sql`select set_config('lock_timeout', ${`${waitTogetherMs}ms`}, true)`.execute(),
      lockSubjects(sql, deletions.flatMap(subjectsOf)),
      acceptAll(sql, deletions),
    ]);
    return accepted;
  } catch (error) {
    // Without the cause, which says that it should be tried again just so.
    throw isContention(error) ? new Error("somebody holds a row that the batch needs") : error;
  }
}

const waitTogetherMs = 50;

/** Whoever places a hold locks its hash: under all that one may bear, none is placed between its being looked for and the COMMIT. */
function subjectsOf({ subjects, request, heldAs }: NewDeletion): string[] {
  return [...new Set([...subjects, ...request.subjects, ...heldAs])];
}

/** The same of one deletion, within a transaction that does more. */
export async function acceptWithin(sql: Transaction, deletion: NewDeletion): Promise<Acceptance> {
  await lockUsers(sql, deletion);
  const [accepted] = await acceptAll(sql, [deletion]);
  return accepted as Acceptance;
}

/**
 * The index that lets one deletion of a category be open knows a user by one hash only: while several secrets
 * are live, what bears another hash is given the current one first.
 */
async function lockUsers(sql: Transaction, deletion: NewDeletion): Promise<void> {
  const { subjects, request } = deletion;
  await lockSubjects(sql, subjectsOf(deletion));
  await rewriteSubject(sql, subjects);
  if (request.subjects[0] !== subjects[0]) await rewriteSubject(sql, request.subjects);
}

interface AcceptedRow {
  is_held: boolean;
  /** Of the request as it was recorded before. */
  recorded: string[] | null;
  is_recorded: boolean;
  /** Of the whole batch; asked for, because a query that nobody reads is not run. */
  jobs: number;
  ids: string[];
}

/**
 * In one statement. Rows that others may want too are taken in one order, of requests first and then of
 * categories, so that no two wait for each other.
 *
 * @param deletions - of different users.
 */
async function acceptAll(
  sql: Transaction,
  deletions: readonly NewDeletion[],
): Promise<readonly Acceptance[]> {
  const { parts, setOf } = createPartSets();
  const asked = deletions.map((deletion, no) => toRow(deletion, no, setOf(deletion)));
  const rows = await sql<AcceptedRow[]>`
    with asked as materialized (
      select d.*, d.request_subjects[1] as request_subject, d.request_keys[1] as request_key
        from json_to_recordset(${JSON.stringify(asked)}::text::json) as d (
          no int, id uuid, subject uuid, origin text, fence_at float8, retry_of uuid, request_subjects uuid[],
          request_keys uuid[], category_ids text[], part_set int, held_as uuid[], aliases uuid[], sealed text,
          wrapped text, seal_key_id text)
    ), known as materialized (
      select asked.*, before.category_ids as recorded, held.is_there is not null as is_held
        from asked
        left join lateral (
          select category_ids from requests r
           where r.subject = any(asked.request_subjects) and r.request_key = any(asked.request_keys)
           limit 1) as before on true
        left join lateral (
          select true as is_there from holds h
           where h.subject = any(asked.held_as)
             and (h.category_ids is null or h.category_ids && asked.category_ids) limit 1) as held on true
    ), request as (
      insert into requests (subject, request_key, category_ids)
      select request_subject, request_key, category_ids from known
       where request_key is not null and recorded is null and not is_held
       order by request_subject, request_key
      on conflict (subject, request_key) do nothing
      returning subject, request_key
    ), wanted as materialized (
      select * from known
       where not is_held and recorded is null
         and (request_key is null or (request_subject, request_key) in (select * from request))
    ), categories as (
      insert into deletion_categories (deletion_id, category_id, subject)
      select id, category_id, subject from wanted cross join unnest(category_ids) as category_id
       order by subject, category_id
      on conflict (subject, category_id) where closed_at is null do update set is_joined = true
      returning deletion_id, category_id, subject
    ), own as materialized (
      select wanted.no, wanted.id, wanted.part_set, categories.category_id
        from categories join wanted on wanted.id = categories.deletion_id
    ), fence as materialized (
      select date_trunc('milliseconds', clock_timestamp()) as at
        from (select count(*) as made from own) as counted where made > 0
    ), deletion as (
      insert into deletions (id, subject, origin, accepted_at, fence_at, retry_of, wake_at, sealed, wrapped, seal_key_id)
      select id, subject, origin, at, to_timestamp(fence_at / 1000), retry_of, at,
             decode(sealed, 'base64'), decode(wrapped, 'base64'), seal_key_id
        from fence cross join wanted
       where no in (select no from own) order by no
      returning id, subject, seq, accepted_at, origin
    ), begun as materialized (
      select deletion.*, own.part_set, own.category_id from own join deletion on deletion.id = own.id
    ), share as materialized (
      select id, subject, seq, accepted_at, origin, begun.category_id, part.service, part.state
        from begun
        join json_to_recordset(${JSON.stringify(parts)}::text::json) as part (
               part_set int, category_id text, service text, state text)
          on part.part_set = begun.part_set and part.category_id = begun.category_id
    ), made as (
      insert into parts (deletion_id, category_id, service, subject, seq, state, due_at)
      select id, category_id, service, subject, seq, state, accepted_at from share
    ), logged as (
      insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
      select id, category_id, service, 0, 'accepted', state, origin from share
    ), named as (
      insert into deletion_aliases (subject, deletion_id)
      select alias, deletion.id
        from deletion join wanted on wanted.id = deletion.id cross join unnest(wanted.aliases) as alias
    ), linked as (
      insert into request_deletions (request_key, deletion_id)
      select distinct wanted.request_key, categories.deletion_id
        from categories join wanted on wanted.subject = categories.subject
       where wanted.request_key is not null
      on conflict do nothing
    ), job as (
      ${addDriveJobs(sql, sql`select id::text as id, accepted_at as run_at from deletion`)}
    )
    select known.is_held, known.recorded,
           known.request_key is null or (request_subject, request_key) in (select * from request) as is_recorded,
           (select jobs from job) as jobs,
           array(select distinct deletion_id from categories where categories.subject = known.subject) as ids
      from known order by no`.execute();
  return rows.map(toAcceptance);
}

/** The parts of all deletions, each different set of them once: most deletions of the same categories share theirs. */
function createPartSets() {
  const sets = new Map<readonly NewPart[] | string, number>();
  const parts: object[] = [];
  const setOf = ({ parts: own }: NewDeletion): number => {
    const known = sets.get(own);
    if (known !== undefined) return known;
    const rows = own.map(({ categoryId, service, state }) => [categoryId, service, state] as const);
    const text = JSON.stringify(rows);
    const set = sets.get(text) ?? sets.size;
    if (!sets.has(text)) {
      for (const [category_id, service, state] of rows)
        parts.push({ part_set: set, category_id, service, state });
    }
    sets.set(text, set).set(own, set);
    return set;
  };
  return { parts, setOf };
}

function toAcceptance({ is_held, recorded, is_recorded, ids }: AcceptedRow): Acceptance {
  if (recorded !== null) return { kind: "repeat", categoryIds: recorded };
  if (is_held) return { kind: "held" };
  if (!is_recorded) return { kind: "raced" };
  return { kind: "accepted", deletionIds: ids };
}

function toRow(deletion: NewDeletion, no: number, partSet: number) {
  const { request, snapshot, retry } = deletion;
  return {
    no,
    id: deletion.id,
    subject: deletion.subjects[0],
    origin: deletion.origin,
    fence_at: retry?.fenceAt ?? null,
    retry_of: retry?.of ?? null,
    request_subjects: request.subjects,
    request_keys: request.keys,
    category_ids: deletion.categoryIds,
    part_set: partSet,
    held_as: deletion.heldAs,
    aliases: deletion.aliases,
    sealed: snapshot.sealed.toString("base64"),
    wrapped: snapshot.wrapped.toString("base64"),
    seal_key_id: snapshot.sealKeyId,
  };
}
