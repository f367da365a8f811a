import type { CategoryClosing, DeletionClosing } from "../domain/advance.ts";
import {
  type Outcome,
  type Part,
  type PartChange,
  type PartState,
  partEvents,
} from "../domain/part.ts";
import { retryAtOf } from "../domain/retention.ts";
import { addDriveJob } from "../queue/enqueue.ts";
import type { Transaction } from "./connect.ts";
import { openStatesSql } from "./open-states.ts";
import type { SealedSnapshot } from "./seal.ts";

/** A deletion under lock, as the rules see it. Instants in ms of database time. */
export interface LockedDeletion {
  readonly id: string;
  readonly subject: string;
  readonly acceptedAt: number;
  /** What is newer is not touched: the moment of acceptance, or the fence of the deletion that this one retries. */
  readonly fenceAt: number;
  readonly closedAt: number | null;
  readonly parts: readonly Part[];
  /** Services with an open part in an earlier deletion of the same user. */
  readonly busyElsewhere: ReadonlySet<string>;
  readonly snapshot: SealedSnapshot | null;
  /** How often a worker was lost in the middle of its calls, since something came of one. */
  readonly losses: number;
  /** Read after the lock was taken. */
  readonly now: number;
}

interface DeletionRow {
  subject: string;
  seq: string;
  accepted_at: number;
  fence_at: number | null;
  closed_at: number | null;
  sealed: Buffer | null;
  wrapped: Buffer | null;
  seal_key_id: string | null;
  losses: number;
}

interface PartRow {
  category_id: string;
  service: string;
  state: PartState;
  attempt: number;
  failures: number;
  asks: number;
  due_at: number;
  leased_until: number | null;
  parked_at: number | null;
  closed_at: number | null;
  outcome: Outcome | null;
  retained_until: number | null;
  reason: string | null;
  error_code: string | null;
}

/**
 * Locks a deletion and reads it. Every change of a part happens under this lock, so what is read stays
 * true until the transaction ends, and the last two parts cannot close without one of them seeing the other.
 */
export async function lockDeletion(sql: Transaction, id: string): Promise<LockedDeletion | null> {
  const [row] = await sql<DeletionRow[]>`
    select subject, seq, ${millis(sql, "accepted_at")}, ${millis(sql, "fence_at")}, ${millis(sql, "closed_at")},
           sealed, wrapped, seal_key_id, losses
      from deletions where id = ${id} for update`;
  if (!row) return null;
  // A statement of its own: the one that waited for the lock has an older snapshot of the parts.
  const [parts, busy] = await Promise.all([
    sql<(PartRow & { now: number })[]>`
      select category_id, service, state, attempt, failures, asks, ${millis(sql, "due_at")},
             ${millis(sql, "leased_until")}, ${millis(sql, "parked_at")}, ${millis(sql, "closed_at")}, outcome,
             ${millis(sql, "retained_until")}, reason, error_code,
             floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now
        from parts where deletion_id = ${id} order by service, category_id`,
    sql<{ service: string }[]>`
      select distinct service from parts
       where subject = ${row.subject} and seq < ${row.seq} and state in (${sql.unsafe(openStatesSql)})`,
  ]);
  return {
    id,
    subject: row.subject,
    acceptedAt: row.accepted_at,
    fenceAt: row.fence_at ?? row.accepted_at,
    closedAt: row.closed_at,
    parts: parts.map(toPart),
    busyElsewhere: new Set(busy.map(({ service }) => service)),
    snapshot: toSnapshot(row),
    losses: row.losses,
    now: parts[0]?.now ?? row.accepted_at,
  };
}

/** What a flow decided for a locked deletion. */
export interface DeletionWrite {
  readonly changes: readonly PartChange[];
  /** Who holds the leases that are written. */
  readonly leasedBy: string | null;
  /** When it needs the hub next; `null`: it is closed. */
  readonly wakeAt: number | null;
  /** When the queue should run its drive; `null`: nothing but leases and far-off moments is awaited. */
  readonly jobAt: number | null;
  readonly categories: readonly CategoryClosing[];
  readonly closing: DeletionClosing | null;
}

/** Stores changes, their events, closings and the next wake-up: one statement, guarded by what was read. */
export async function writeDeletion(
  sql: Transaction,
  deletion: LockedDeletion,
  write: DeletionWrite,
): Promise<void> {
  const final = new Map(
    write.changes.map(({ part }) => [`${part.service}\n${part.categoryId}`, part]),
  );
  const partRows = JSON.stringify([...final.values()].map(fromPart));
  const eventRows = JSON.stringify(
    write.changes.filter(({ event }) => event !== null).map(fromChange),
  );
  const categoryRows = JSON.stringify(
    write.categories.map((row) => ({
      category_id: row.categoryId,
      closed_at: row.closedAt,
      deleted_at: row.deletedAt,
    })),
  );
  const { closing, jobAt } = write;
  await sql`
    with changed as (
      update parts set
        state = c.state, attempt = c.attempt, failures = c.failures, asks = c.asks,
        due_at = ${instant(sql, "c.due_at")}, leased_until = ${instant(sql, "c.leased_until")},
        leased_by = case when c.leased_until is null then null else ${write.leasedBy} end,
        parked_at = ${instant(sql, "c.parked_at")},
        closed_at = ${instant(sql, "c.closed_at")}, outcome = c.outcome,
        retained_until = ${instant(sql, "c.retained_until")}, retry_at = ${instant(sql, "c.retry_at")},
        reason = c.reason, error_code = c.error_code
      from jsonb_to_recordset(${partRows}::jsonb) as c (category_id text, service text, state text,
        attempt int, failures int, asks int, due_at float8, leased_until float8, parked_at float8,
        closed_at float8, outcome text, retained_until float8, retry_at float8, reason text, error_code text)
      where parts.deletion_id = ${deletion.id} and parts.category_id = c.category_id
        and parts.service = c.service
    ), logged as (
      insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source, error_code)
      select ${deletion.id}::uuid, category_id, service, attempt, event, from_state, to_state, source, error_code
        from jsonb_to_recordset(${eventRows}::jsonb) as e (category_id text, service text, attempt int,
          event text, from_state text, to_state text, source text, error_code text)
    ), closed as (
      update deletion_categories d set
        closed_at = coalesce(d.closed_at, ${instant(sql, "c.closed_at")}),
        deleted_at = coalesce(d.deleted_at, ${instant(sql, "c.deleted_at")})
        from jsonb_to_recordset(${categoryRows}::jsonb)
          as c (category_id text, closed_at float8, deleted_at float8)
       where d.deletion_id = ${deletion.id} and d.category_id = c.category_id
    )
    update deletions set
      wake_at = ${at(sql, write.wakeAt)},
      losses = case when ${cameToSomething(write)} then 0 else losses end,
      closed_at = coalesce(closed_at, ${at(sql, closing?.closedAt ?? null)}),
      closed_as = coalesce(${closing?.closedAs ?? null}, closed_as),
      sealed_until = case when ${closing !== null} then ${at(sql, closing?.sealedUntil ?? null)} else sealed_until end,
      sealed = case when ${isSpent(closing)} then null else sealed end,
      wrapped = case when ${isSpent(closing)} then null else wrapped end,
      seal_key_id = case when ${isSpent(closing)} then null else seal_key_id end
    where id = ${deletion.id}`;
  if (jobAt !== null) {
    await sql`select ${addDriveJob(sql, sql`${deletion.id}::text`, at(sql, jobAt))}`;
  }
}

/** Puts a deletion off that brings down its workers; each time it comes back it has a few more tries. */
export async function deferDeletion(
  sql: Transaction,
  id: string,
  by: { readonly ms: number; readonly tries: number },
): Promise<void> {
  await sql`
    update deletions set wake_at = clock_timestamp() + ${by.ms} * interval '1 ms',
                         losses = losses - ${by.tries}
     where id = ${id}`;
}

/**
 * Wakes the user's later deletions, which may wait for what has just closed. Rows are locked in order of
 * acceptance, and a transaction that holds one locks only later ones: no cycle.
 */
export async function wakeLaterDeletions(
  sql: Transaction,
  deletion: LockedDeletion,
): Promise<void> {
  const later = await sql<{ id: string }[]>`
    select id from deletions
     where subject = ${deletion.subject} and closed_at is null
       and seq > (select seq from deletions where id = ${deletion.id})
     order by seq limit 1000 for update`;
  for (const { id } of later) await wakeDeletion(sql, id);
}

/** Asks for a drive now: the wake-up time and the job are always written together. */
async function wakeDeletion(sql: Transaction, id: string): Promise<void> {
  await sql`
    with woken as (
      update deletions set wake_at = least(wake_at, clock_timestamp())
       where id = ${id} and closed_at is null returning id)
    select ${addDriveJob(sql, sql`id::text`, sql`clock_timestamp()`)} from woken`;
}

/** Claims alone say nothing: they are what a lost worker leaves behind. */
function cameToSomething({ changes }: DeletionWrite): boolean {
  return changes.some(({ event }) => event !== null && event !== "claimed");
}

function isSpent(closing: DeletionWrite["closing"]): boolean {
  return closing !== null && closing.sealedUntil === null;
}

function toSnapshot(row: DeletionRow): SealedSnapshot | null {
  const { sealed, wrapped, seal_key_id: sealKeyId } = row;
  return sealed && wrapped && sealKeyId ? { sealed, wrapped, sealKeyId } : null;
}

function toPart(row: PartRow): Part {
  return {
    categoryId: row.category_id,
    service: row.service,
    state: row.state,
    attempt: row.attempt,
    failures: row.failures,
    asks: row.asks,
    dueAt: row.due_at,
    leasedUntil: row.leased_until,
    parkedAt: row.parked_at,
    closedAt: row.closed_at,
    outcome: row.outcome,
    retainedUntil: row.retained_until,
    reason: row.reason,
    errorCode: row.error_code,
  };
}

function fromPart(part: Part): PartRow & { retry_at: number | null } {
  return {
    category_id: part.categoryId,
    service: part.service,
    state: part.state,
    attempt: part.attempt,
    failures: part.failures,
    asks: part.asks,
    due_at: part.dueAt,
    leased_until: part.leasedUntil,
    parked_at: part.parkedAt,
    closed_at: part.closedAt,
    outcome: part.outcome,
    retained_until: part.retainedUntil,
    retry_at: retryAtOf(part),
    reason: part.reason,
    error_code: part.errorCode,
  };
}

function fromChange({ event, from, part }: PartChange) {
  return {
    category_id: part.categoryId,
    service: part.service,
    attempt: part.attempt,
    event,
    source: event && partEvents[event],
    from_state: from,
    to_state: part.state,
    error_code: part.errorCode,
  };
}

/** A column as milliseconds since the epoch, under its own name. */
function millis(sql: Transaction, column: string) {
  return sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
}

/** Milliseconds in a column of a record, as an instant. */
function instant(sql: Transaction, column: string) {
  return sql`to_timestamp(${sql(column)} / 1000)`;
}

function at(sql: Transaction, ms: number | null) {
  return sql`to_timestamp(${ms}::float8 / 1000)`;
}
