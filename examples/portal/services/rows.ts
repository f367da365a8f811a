import { callJson } from "../outgoing.ts";
import type { ShownService } from "../settings.ts";

/** One table of a service, its cells as text. */
export interface RowTable {
  readonly name: string;
  readonly categoryId: string | null;
  readonly columns: readonly string[];
  /** The first few; `count` says how many the service told of. */
  readonly rows: readonly (readonly string[])[];
  readonly count: number;
}

/** What a service's own page says it holds of the user; `null`: it did not say. */
export interface HeldRows {
  readonly service: ShownService;
  readonly tables: readonly RowTable[] | null;
}

const timeoutMs = 2_000;
const most = { tables: 30, columns: 5, rows: 3, cell: 80 };
const hiddenColumns = new Set(["uid", "id"]);

/** Asks each service's own page, all at once; one that is slow or down costs the others nothing. */
export async function fetchRows(
  services: readonly ShownService[],
  uid: string,
): Promise<readonly HeldRows[]> {
  return await Promise.all(
    services.map(async (service) => {
      const called = await callJson(rowsUrl(service, uid), { timeoutMs });
      const isAnswer = called.kind === "answer" && called.status === 200;
      return { service, tables: isAnswer ? toTables(called.body) : null };
    }),
  );
}

/** Where the service itself shows the rows. */
export function rowsUrl(service: ShownService, uid: string): string {
  return `${service.url}/rows?uid=${uid}`;
}

function toTables(body: unknown): RowTable[] | null {
  const { tables } = Object(body) as { tables?: unknown };
  if (!Array.isArray(tables)) return null;
  return tables.slice(0, most.tables).map((table) => {
    const { name, category, rows, count } = Object(table) as Record<string, unknown>;
    const all = Array.isArray(rows)
      ? rows.map((row) => Object(row) as Record<string, unknown>)
      : [];
    const columns = Object.keys(all[0] ?? {})
      .filter((column) => !hiddenColumns.has(column))
      .slice(0, most.columns);
    return {
      name: toCell(name),
      categoryId: typeof category === "string" ? category : null,
      columns,
      rows: all.slice(0, most.rows).map((row) => columns.map((column) => toCell(row[column]))),
      count: toCount(count, all.length),
    };
  });
}

/** A service with many rows shows the first of them, and says how many there are. */
function toCount(given: unknown, shown: number): number {
  return Number.isSafeInteger(given) ? Math.max(Number(given), shown) : shown;
}

/** Any value as short text: what a stranger sends is never more than that. */
function toCell(value: unknown): string {
  const text = typeof value === "string" ? toDay(value) : plain(value);
  return text.length > most.cell ? `${text.slice(0, most.cell)}…` : text;
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.slice(0, 10).map(scalar).join(", ");
  return scalar(value);
}

/** Not deeper: a deep value of a stranger could cost any amount of work. */
function scalar(value: unknown): string {
  return typeof value === "object" ? "…" : String(value);
}

/** An instant as its day, which is enough to recognise a row by. */
function toDay(text: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) ? text.slice(0, 10) : text;
}
