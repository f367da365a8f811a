import type { Delivery } from "../../domain/export-step.ts";
import { addExportJob } from "../../queue/enqueue.ts";
import type { Sql, Store, Transaction } from "../connect.ts";
import { lockSubjects, rewriteSubject, type SubjectHashes } from "../rewrite-subject.ts";
import type { SealedSnapshot } from "../seal.ts";
import { guarded, transact } from "../transaction.ts";

/** Who asks for an export, and under which name. */
export interface ExportRequest {
  /** The uid that asks: the ledger's user may be another of the same person. */
  readonly subjects: SubjectHashes;
  /** The portal's `request_id`, under every live secret, the newest first. */
  readonly keys: readonly [string, ...string[]];
}

export interface NewExport {
  readonly id: string;
  /** The ledger's user. */
  readonly subjects: SubjectHashes;
  readonly request: ExportRequest;
  readonly portal: string;
  readonly delivery: Delivery;
  readonly deadlineMs: number;
  readonly services: readonly string[];
  readonly snapshot: SealedSnapshot;
  /** The person's other uids, hashed, which reports may bear. */
  readonly aliases: readonly string[];
}

/** The export that a request started or joined; `null`: there was no such request. @throws TakeoutError `unavailable`. */
export async function findRequestedExport(
  store: Store,
  request: ExportRequest,
): Promise<string | null> {
  return await guarded(selectRequested(store.sql, request));
}

/**
 * Joins the export that runs for this uid, if one does, and records the request as its.
 *
 * @returns its id; `null`: none runs that the ledger knows by this uid.
 * @throws TakeoutError `unavailable`.
 */
export async function joinExport(store: Store, request: ExportRequest): Promise<string | null> {
  return await transact(store, async (sql) => {
    await lockUser(sql, request.subjects);
    const known = await selectRequested(sql, request);
    if (known !== null) return known;
    const [running] = await sql<{ id: string }[]>`
      select e.id from export_subjects s join exports e on e.id = s.export_id
       where s.subject = ${request.subjects[0]} and e.closed_at is null limit 1`;
    if (!running) return null;
    await recordRequest(sql, running.id, request);
    return running.id;
  });
}

/**
 * Records an export with its parts, their events and the queue's job, all in one transaction (rule 1); or joins the
 * one that runs. Safe to run twice: the request's key makes the second run a repeat.
 *
 * @returns the id of the export, new or not.
 * @throws TakeoutError `unavailable`; whether it was recorded is then not known.
 */
export async function acceptExport(store: Store, input: NewExport): Promise<string> {
  return await transact(store, async (sql) => {
    await lockSubjects(sql, [...new Set([...input.subjects, ...input.request.subjects])]);
    await rewriteSubject(sql, input.subjects);
    await rewriteSubject(sql, input.request.subjects);
    const known = await selectRequested(sql, input.request);
    if (known !== null) return known;
    const [running] = await sql<{ id: string }[]>`
      select id from exports where subject = ${input.subjects[0]} and closed_at is null`;
    if (!running) await insertExport(sql, input);
    const id = running?.id ?? input.id;
    await recordRequest(sql, id, input.request);
    return id;
  });
}

async function lockUser(sql: Transaction, subjects: SubjectHashes): Promise<void> {
  await lockSubjects(sql, subjects);
  await rewriteSubject(sql, subjects);
}

async function selectRequested(
  sql: Sql | Transaction,
  { subjects, keys }: ExportRequest,
): Promise<string | null> {
  const [row] = await sql<{ export_id: string }[]>`
    select export_id from export_requests
     where subject = any(${subjects as unknown as string[]}::uuid[])
       and request_key = any(${keys as unknown as string[]}::uuid[]) limit 1`;
  return row?.export_id ?? null;
}

/** Whoever asks for an export may see it. */
async function recordRequest(
  sql: Transaction,
  exportId: string,
  { subjects, keys }: ExportRequest,
): Promise<void> {
  await sql`
    with owned as (
      insert into export_subjects (subject, export_id, is_owner) values (${subjects[0]}, ${exportId}, true)
      on conflict (subject, export_id) do update set is_owner = true
    )
    insert into export_requests (subject, request_key, export_id)
    values (${subjects[0]}, ${keys[0]}, ${exportId})`;
}

async function insertExport(sql: Transaction, input: NewExport): Promise<void> {
  const { id, subjects, portal, delivery, deadlineMs, snapshot } = input;
  const others = input.aliases.filter((alias) => alias !== subjects[0]);
  await sql`
    with fresh as (
      insert into exports (id, subject, portal, delivery, created_at, updated_at, deadline_at, due_at, wake_at,
                           sealed, wrapped, seal_key_id)
      select ${id}, ${subjects[0]}, ${portal}, ${delivery}, at, at, at + ${deadlineMs} * interval '1 ms', at, at,
             ${snapshot.sealed}::bytea, ${snapshot.wrapped}::bytea, ${snapshot.sealKeyId}
        from date_trunc('milliseconds', clock_timestamp()) as at
      returning id, created_at
    ), made as (
      insert into export_parts (export_id, service, state, due_at)
      select id, service, 'due', created_at from fresh cross join unnest(${input.services as string[]}::text[]) as service
      returning export_id, service
    ), named as (
      insert into export_subjects (subject, export_id, is_owner)
      select subject, id, false from fresh cross join unnest(${[subjects[0], ...others]}::uuid[]) as subject
    ), logged as (
      insert into export_events (export_id, service, attempt, event, to_state, source)
      select export_id, service, 0, 'submitted', 'due', 'portal' from made
    )
    select ${addExportJob(sql, sql`id::text`, sql`created_at`)} from fresh`;
}
