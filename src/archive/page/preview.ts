import { type Head, isReadable, readHead } from "./read-head.ts";
import { clipText, escapeText, formatCount, toLabel } from "./text.ts";

const most = { rows: 20, columns: 10, fields: 40, depth: 3, listed: 10, characters: 200 } as const;
/** What is longer is left to the file itself. */
const mostPreview = 32 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a file says, as tables: rows of objects, fields of one, or nothing (null) for what is no JSON or has
 * nothing to show. Bounded whatever the file says.
 *
 * @param beginning - of its bytes; `isAll` says that nothing follows.
 */
export function renderPreview(name: string, beginning: Uint8Array, isAll: boolean): string | null {
  const head = isReadable(name) ? readHead(name, beginning, isAll) : null;
  if (head === null || isNothing(head.value)) return null;
  const html = renderTop(name, head);
  return html.length > mostPreview ? null : html;
}

function isNothing(value: unknown): boolean {
  return isPlain(value) || Object.keys(value as object).length === 0;
}

function renderTop(name: string, { value, isWhole }: Head): string {
  const note = isWhole ? "" : '<p class="note">Only the beginning is shown; the file has more.</p>';
  return `${render(value, 0, `What ${name} says`)}${note}`;
}

function render(value: unknown, depth: number, caption: string): string {
  if (Array.isArray(value)) return renderList(value, depth, caption);
  if (isFields(value)) return renderFields(value, depth, caption);
  return renderPlain(value);
}

function renderPlain(value: unknown): string {
  if (value === null || value === undefined || value === "")
    return '<span class="none">none</span>';
  if (typeof value === "boolean") return value ? "yes" : "no";
  return escapeText(clipText(String(value), most.characters));
}

function renderList(list: readonly unknown[], depth: number, caption: string): string {
  if (list.length === 0) return '<span class="none">none</span>';
  if (depth >= most.depth) return formatCount(list.length, "entry", "entries");
  if (list.every(isFields)) return renderRows(list, depth, caption);
  if (depth > 0 && list.every(isPlain)) return renderWords(list);
  const shown = list.slice(0, most.listed);
  const items = shown.map(
    (item, index) => `<li>${render(item, depth + 1, `${caption}, ${index + 1}`)}</li>`,
  );
  return `<ul>${items.join("")}</ul>${renderRest(list.length - shown.length, "entry", "entries")}`;
}

/** A short list in a cell. */
function renderWords(list: readonly unknown[]): string {
  const shown = list.slice(0, most.listed);
  const rest = renderRest(list.length - shown.length, "entry", "entries");
  return shown.map(renderPlain).join(", ") + rest;
}

function renderRows(rows: readonly Fields[], depth: number, caption: string): string {
  const shown = rows.slice(0, most.rows);
  const all = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const columns = all.slice(0, most.columns);
  const heads = columns.map((key) => `<th scope="col">${escapeText(toLabel(key))}</th>`);
  const toCell = (row: Fields) => (key: string) =>
    `<td>${render(valueIn(row, key), depth + 1, toLabel(key))}</td>`;
  const lines = shown.map((row) => `<tr>${columns.map(toCell(row)).join("")}</tr>`);
  return (
    renderTable(
      depth,
      caption,
      `<thead><tr>${heads.join("")}</tr></thead><tbody>${lines.join("")}</tbody>`,
    ) +
    renderRest(rows.length - shown.length, "row", "rows") +
    renderRest(all.length - columns.length, "column", "columns")
  );
}

function renderFields(fields: Fields, depth: number, caption: string): string {
  const keys = Object.keys(fields);
  if (keys.length === 0) return '<span class="none">none</span>';
  if (depth >= most.depth) return formatCount(keys.length, "field", "fields");
  const shown = keys.slice(0, most.fields);
  const lines = shown.map((key) => {
    const label = toLabel(key);
    const value = render(valueIn(fields, key), depth + 1, label);
    return `<tr><th scope="row">${escapeText(label)}</th><td>${value}</td></tr>`;
  });
  const rest = renderRest(keys.length - shown.length, "field", "fields");
  return renderTable(depth, caption, `<tbody>${lines.join("")}</tbody>`) + rest;
}

/** A wide table is scrolled, by the keyboard too. One in a cell is called what its column is. */
function renderTable(depth: number, caption: string, rows: string): string {
  const name = escapeText(clipText(caption, most.characters));
  return depth === 0
    ? `<div class="wide" tabindex="0"><table><caption>${name}</caption>${rows}</table></div>`
    : `<table aria-label="${name}">${rows}</table>`;
}

function renderRest(count: number, one: string, many: string): string {
  return count > 0
    ? `<p class="note">And ${formatCount(count, `more ${one}`, `more ${many}`)} in the file.</p>`
    : "";
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueIn(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
