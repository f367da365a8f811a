import type { ExportPartState } from "../../domain/export-part.ts";
import type { Delivery, ExportClosing, ExportStep } from "../../domain/export-step.ts";
import {
  exportStateOf,
  type ShownExport,
  type ShownExportPart,
} from "../../domain/shown-export.ts";
import type { Sql, Transaction } from "../connect.ts";

interface Row {
  id: string;
  delivery: Delivery;
  step: ExportStep | null;
  created_at: number;
  updated_at: number;
  closed_at: number | null;
  closed_as: ExportClosing | null;
  archive_id: string | null;
  expires_at: number | null;
  is_expired: boolean;
  next_at: number | null;
  error_code: string | null;
  now: number;
  parts: PartRow[];
}

interface PartRow {
  service: string;
  state: ExportPartState;
  attempt: number;
  files: number;
  bytes: number;
  error_code: string | null;
  next_at: number | null;
  uploaded_at: number | null;
}

/** Exports by their ids, in the order of these; what is not there is left out. */
export async function readExports(
  sql: Sql | Transaction,
  ids: readonly string[],
): Promise<ShownExport[]> {
  if (ids.length === 0) return [];
  const rows = await selectExports(sql, ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? toShown(row) : [];
  });
}

/** Whether the export was asked for by one of these. */
export async function isExportOf(
  sql: Sql | Transaction,
  id: string,
  subjects: readonly string[],
): Promise<boolean> {
  const rows = await sql`
    select from export_subjects
     where export_id = ${id} and subject = any(${subjects as string[]}::uuid[]) and is_owner`;
  return rows.length > 0;
}

/** Whether it is an export of somebody who bears one of these, whoever asked for it. */
export async function isExportAbout(
  sql: Sql | Transaction,
  id: string,
  subjects: readonly string[],
): Promise<boolean> {
  const rows = await sql`
    select from export_subjects where export_id = ${id} and subject = any(${subjects as string[]}::uuid[])`;
  return rows.length > 0;
}

/** With their parts in one statement: of two, one might see an export that ends, and the other its parts before. */
function selectExports(sql: Sql | Transaction, ids: readonly string[]) {
  return sql<Row[]>`
    select id, delivery, step, ${millis(sql, "created_at")}, ${millis(sql, "updated_at")}, ${millis(sql, "closed_at")},
           state as closed_as, archive_id, ${millis(sql, "expires_at")}, is_expired, error_code,
           case when closed_at is null and step is not null
                then (extract(epoch from coalesce(leased_until, due_at)) * 1000)::float8 end as next_at,
           (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
           array(select to_json(part) from (${selectParts(sql)}) as part) as parts
      from exports where id = any(${ids as string[]}::uuid[])`;
}

/** Of the export whose row is at hand. */
function selectParts(sql: Sql | Transaction) {
  return sql`
    select service, state, attempt, files, bytes, error_code, ${millis(sql, "uploaded_at")},
           case when state in ('due', 'calling', 'accepted') and parked_at is null
                then (extract(epoch from coalesce(leased_until, due_at)) * 1000)::float8 end as next_at
      from export_parts where export_id = exports.id order by service`;
}

function toShown(row: Row): ShownExport {
  const { parts } = row;
  const standing = {
    closedAt: row.closed_at,
    closedAs: row.closed_as,
    isExpired: row.is_expired,
    expiresAt: row.expires_at,
    isBegun: parts.some(({ attempt }) => attempt > 0) || row.step !== null,
  };
  const state = exportStateOf(standing, row.now);
  const uploadedAt = parts.map(({ uploaded_at }) => uploaded_at ?? 0);
  return {
    id: row.id,
    state,
    delivery: row.delivery,
    step: row.step,
    createdAt: row.created_at,
    updatedAt: Math.max(row.updated_at, ...uploadedAt),
    closedAt: row.closed_at,
    expiresAt: row.expires_at,
    archiveId: state === "ready" || state === "partial" ? row.archive_id : null,
    nextAt: row.next_at,
    errorCode: row.error_code,
    parts: parts.map(toShownPart),
  };
}

function toShownPart(row: PartRow): ShownExportPart {
  return {
    service: row.service,
    state: row.state,
    attempt: row.attempt,
    files: row.files,
    bytes: row.bytes,
    errorCode: row.error_code,
    nextAt: row.next_at,
  };
}

/** A column as milliseconds since the epoch, under its own name. */
function millis(sql: Sql | Transaction, column: string) {
  return sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
}
