import type { ExportAdvance } from "../../domain/export-advance.ts";
import {
  type ExportPart,
  type ExportPartChange,
  exportPartEvents,
} from "../../domain/export-part.ts";
import type { ExportView } from "../../domain/export-plan.ts";
import type { Delivery, ExportClosing, ExportStep } from "../../domain/export-step.ts";
import { addExportJob } from "../../queue/enqueue.ts";
import type { Sql, Transaction } from "../connect.ts";
import { lockSubjects } from "../rewrite-subject.ts";

/** An export under lock, as the rules see it. Instants in ms of database time. */
export interface LockedExport extends ExportView {
  readonly id: string;
  readonly portal: string;
  readonly createdAt: number;
  readonly closedAt: number | null;
  /** What it came to when it closed last. */
  readonly state: ExportClosing | null;
  readonly archiveId: string | null;
  readonly isExpired: boolean;
  readonly sealed: Buffer | null;
  /** The key of the snapshot and of the files' names; `null` once there is neither. */
  readonly key: { readonly wrapped: Buffer; readonly sealKeyId: string } | null;
  /** How often a worker was lost in the middle of it, since something came of one. */
  readonly losses: number;
  /** When the services' files begin to go; `null`: not before it closes, or they are gone. */
  readonly purgeAt: number | null;
  /** Read after the lock was taken. */
  readonly now: number;
  /** By our own monotonic clock, in ms, from between the two: what is leased from `now` on has not begun before. */
  readonly nowAfter: number;
  /** The transaction that holds the lock, by PostgreSQL's own number. */
  readonly transactionId: string;
}

interface Row {
  portal: string;
  delivery: Delivery;
  created_at: number;
  deadline_at: number;
  gathered_at: number | null;
  step: ExportStep | null;
  attempt: number;
  failures: number;
  due_at: number;
  leased_until: number | null;
  error_code: string | null;
  losses: number;
  closed_at: number | null;
  state: ExportClosing | null;
  archive_id: string | null;
  is_expired: boolean;
  sealed: Buffer | null;
  wrapped: Buffer | null;
  seal_key_id: string | null;
  purge_at: number | null;
}

type Clock = Pick<LockedExport, "now" | "nowAfter" | "transactionId">;

interface PartRow {
  service: string;
  state: ExportPart["state"];
  attempt: number;
  failures: number;
  asks: number;
  due_at: number;
  leased_until: number | null;
  parked_at: number | null;
  closed_at: number | null;
  error_code: string | null;
  files: number;
  bytes: string;
}

/**
 * Locks an export and reads it. Every change of state happens under this lock; uploads alone count themselves under
 * the lock of their part.
 */
export async function lockExport(sql: Transaction, id: string): Promise<LockedExport | null> {
  const [row] = await sql<Row[]>`
    select portal, delivery, ${millis(sql, "created_at")}, ${millis(sql, "deadline_at")}, ${millis(sql, "gathered_at")},
           step, attempt, failures, ${millis(sql, "due_at")}, ${millis(sql, "leased_until")}, error_code, losses,
           ${millis(sql, "closed_at")}, state, archive_id, is_expired, sealed, wrapped, seal_key_id,
           ${millis(sql, "purge_at")}
      from exports where id = ${id} for update`;
  if (!row) return null;
  // Statements of their own: the one that waited for the lock has an older snapshot of the parts.
  const nowAfter = performance.now();
  const [parts, [clock]] = await Promise.all([
    readExportParts(sql, id),
    sql<[Omit<Clock, "nowAfter">]>`
      select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
             pg_current_xact_id()::text as "transactionId"`,
  ]);
  return toExport(id, row, parts, { ...clock, nowAfter });
}

/** The parts of an export, as they are. */
export async function readExportParts(sql: Sql | Transaction, id: string): Promise<ExportPart[]> {
  const rows = await sql<PartRow[]>`
    select service, state, attempt, failures, asks, ${millis(sql, "due_at")}, ${millis(sql, "leased_until")},
           ${millis(sql, "parked_at")}, ${millis(sql, "closed_at")}, error_code, files, bytes
      from export_parts where export_id = ${id} order by service`;
  return rows.map(toPart);
}

/**
 * Lets nobody begin another export of the same user meanwhile. To be taken before the export's own lock.
 *
 * @returns whether another one of his runs; `null`: there is no such export.
 */
export async function lockUserOfExport(
  sql: Transaction,
  id: string,
): Promise<{ readonly isRunning: boolean } | null> {
  const [row] = await sql<{ subject: string }[]>`select subject from exports where id = ${id}`;
  if (!row) return null;
  await lockSubjects(sql, [row.subject]);
  const running = await sql`
    select from exports where subject = ${row.subject} and closed_at is null and id <> ${id}`;
  return { isRunning: running.length > 0 };
}

/** What a flow decided for a locked export. */
export interface ExportWrite
  extends Pick<
    ExportAdvance,
    "changes" | "events" | "step" | "work" | "gatheredAt" | "errorCode" | "wakeAt" | "jobAt"
  > {
  /** Who holds the leases that are written. */
  readonly leasedBy: string | null;
  readonly closing: ExportCloses | null;
}

/** How an export closes. Instants in ms. */
export interface ExportCloses {
  readonly state: ExportClosing;
  /** Until when the identity is kept for an operator's retry; `null`: destroyed at once. */
  readonly sealedUntil: number | null;
  /** When the services' files are removed. */
  readonly purgeAt: number;
}

/** Stores changes, their events and the next wake-up, guarded by the lock. */
export async function writeExport(
  sql: Transaction,
  { id }: LockedExport,
  write: ExportWrite,
): Promise<void> {
  await writeParts(sql, id, write);
  await writeEvents(sql, id, write);
  await writeJob(sql, id, write);
  if (write.jobAt !== null) {
    await sql`select ${addExportJob(sql, sql`${id}::text`, at(sql, write.jobAt))}`;
  }
}

async function writeParts(sql: Transaction, id: string, write: ExportWrite): Promise<void> {
  const final = new Map(write.changes.map(({ part }) => [part.service, part]));
  if (final.size === 0) return;
  await sql`
    update export_parts set
      state = c.state, attempt = c.attempt, failures = c.failures, asks = c.asks,
      due_at = ${instant(sql, "c.due_at")}, leased_until = ${instant(sql, "c.leased_until")},
      leased_by = case when c.leased_until is null then null else ${write.leasedBy} end,
      parked_at = ${instant(sql, "c.parked_at")}, closed_at = ${instant(sql, "c.closed_at")},
      error_code = c.error_code
    from jsonb_to_recordset(${JSON.stringify([...final.values()].map(fromPart))}::jsonb) as c (service text,
      state text, attempt int, failures int, asks int, due_at float8, leased_until float8, parked_at float8,
      closed_at float8, error_code text)
    where export_parts.export_id = ${id} and export_parts.service = c.service`;
}

async function writeEvents(
  sql: Transaction,
  id: string,
  { changes, events }: Pick<ExportWrite, "changes" | "events">,
): Promise<void> {
  const rows = [...changes.flatMap(fromChange), ...events.map(fromStepEvent)];
  if (rows.length === 0) return;
  await sql`
    insert into export_events (export_id, service, attempt, event, from_state, to_state, source, error_code)
    select ${id}::uuid, service, attempt, event, from_state, to_state, source, error_code
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e (service text, attempt int, event text,
        from_state text, to_state text, source text, error_code text)`;
}

async function writeJob(sql: Transaction, id: string, write: ExportWrite): Promise<void> {
  const { closing, work } = write;
  await sql`
    update exports set
      updated_at = case when ${cameToSomething(write)} then clock_timestamp() else updated_at end,
      losses = case when ${cameToSomething(write)} then 0 else losses end,
      gathered_at = ${at(sql, write.gatheredAt)}, step = ${write.step},
      attempt = ${work.attempt}, failures = ${work.failures}, due_at = ${at(sql, work.dueAt)},
      leased_until = ${at(sql, work.leasedUntil)},
      leased_by = case when ${work.leasedUntil === null} then null
                       when attempt = ${work.attempt} then leased_by else ${write.leasedBy} end,
      error_code = ${write.errorCode}, wake_at = ${at(sql, write.wakeAt)}
    where id = ${id}`;
  if (closing) await close(sql, id, closing);
}

async function close(sql: Transaction, id: string, closing: ExportCloses): Promise<void> {
  await sql`
    update exports set
      closed_at = clock_timestamp(), state = ${closing.state}, purge_at = ${at(sql, closing.purgeAt)},
      sealed_until = ${at(sql, closing.sealedUntil)},
      sealed = ${closing.sealedUntil === null ? sql`null` : sql`sealed`}
    where id = ${id}`;
}

/**
 * Opens a closed export again, for what is about to be written; the archive that there is stays.
 *
 * @param deadlineMs - how long the services have from now on.
 */
export async function reopenExport(
  sql: Transaction,
  id: string,
  deadlineMs: number,
): Promise<void> {
  await sql`
    update exports set closed_at = null, sealed_until = null, purge_at = null, updated_at = clock_timestamp(),
           deadline_at = date_trunc('milliseconds', clock_timestamp()) + ${deadlineMs} * interval '1 ms'
     where id = ${id}`;
}

/** Puts an export off that brings down its workers; each time it comes back it has a few more tries. */
export async function deferExport(
  sql: Transaction,
  id: string,
  by: { readonly ms: number; readonly tries: number },
): Promise<void> {
  await sql`
    update exports set wake_at = clock_timestamp() + ${by.ms} * interval '1 ms', losses = losses - ${by.tries}
     where id = ${id}`;
}

/** Claims alone say nothing: they are what a lost worker leaves behind. */
function cameToSomething({ changes, events }: ExportWrite): boolean {
  return (
    events.some(({ event }) => event !== "step_given_up") ||
    changes.some(({ event }) => event !== null && event !== "claimed")
  );
}

function toExport(id: string, row: Row, parts: readonly ExportPart[], clock: Clock): LockedExport {
  const { wrapped, seal_key_id: sealKeyId } = row;
  return {
    id,
    portal: row.portal,
    delivery: row.delivery,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    gatheredAt: row.gathered_at,
    parts,
    step: row.step,
    work: {
      attempt: row.attempt,
      failures: row.failures,
      dueAt: row.due_at,
      leasedUntil: row.leased_until,
    },
    errorCode: row.error_code,
    closedAt: row.closed_at,
    state: row.state,
    archiveId: row.archive_id,
    isExpired: row.is_expired,
    sealed: row.sealed,
    key: wrapped && sealKeyId ? { wrapped, sealKeyId } : null,
    losses: row.losses,
    purgeAt: row.purge_at,
    ...clock,
  };
}

function toPart(row: PartRow): ExportPart {
  return {
    service: row.service,
    state: row.state,
    attempt: row.attempt,
    failures: row.failures,
    asks: row.asks,
    dueAt: row.due_at,
    leasedUntil: row.leased_until,
    parkedAt: row.parked_at,
    closedAt: row.closed_at,
    errorCode: row.error_code,
    files: row.files,
    bytes: Number(row.bytes),
  };
}

function fromPart(part: ExportPart) {
  return {
    service: part.service,
    state: part.state,
    attempt: part.attempt,
    failures: part.failures,
    asks: part.asks,
    due_at: part.dueAt,
    leased_until: part.leasedUntil,
    parked_at: part.parkedAt,
    closed_at: part.closedAt,
    error_code: part.errorCode,
  };
}

function fromChange({ event, from, part }: ExportPartChange) {
  if (event === null) return [];
  const { service, attempt, state, errorCode } = part;
  const source = exportPartEvents[event];
  return [
    { service, attempt, event, source, from_state: from, to_state: state, error_code: errorCode },
  ];
}

function fromStepEvent({ event, from, to, attempt, errorCode }: ExportAdvance["events"][number]) {
  const source = event === "step_retried" ? "operator" : "drive";
  const states = { from_state: from, to_state: to };
  return { service: null, attempt, event, ...states, source, error_code: errorCode };
}

/** A column as milliseconds since the epoch, under its own name. */
function millis(sql: Sql | Transaction, column: string) {
  return sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
}

/** Milliseconds in a column of a record, as an instant. */
function instant(sql: Transaction, column: string) {
  return sql`to_timestamp(${sql(column)} / 1000)`;
}

function at(sql: Transaction, ms: number | null) {
  return sql`to_timestamp(${ms}::float8 / 1000)`;
}
