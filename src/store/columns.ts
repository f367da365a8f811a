import type { Sql, Transaction } from "./connect.ts";

/** What a column may hold on its way to the database; numbers are sent as text and cast there. */
type Value = string | number | null;

/**
 * Rows as a table in a statement, one array a column: a fraction of what JSON costs on both sides, and the text of
 * the statement stays the same however many there are. It is called `given`, and `place` is a row's place in it.
 *
 * @param columns - names with their PostgreSQL types; a constant, for its text is made once.
 */
export function asTable<Name extends string>(
  sql: Sql | Transaction,
  columns: Readonly<Record<Name, string>>,
  rows: readonly Readonly<Record<NoInfer<Name>, Value>>[],
) {
  const { names, text } = textOf(columns);
  const arrays = (names as readonly Name[]).map((name) => toArray(rows, name));
  return sql(text, ...arrays);
}

interface TableText {
  readonly names: readonly string[];
  /** As a template that is written in the source: what the driver takes fastest. */
  readonly text: TemplateStringsArray;
}

const texts = new WeakMap<object, TableText>();

function textOf(columns: Readonly<Record<string, string>>): TableText {
  const known = texts.get(columns);
  if (known) return known;
  const names = Object.keys(columns);
  const types = Object.values(columns).map((type) => `::${type}[]`);
  const end = `) with ordinality as given (${names.join(", ")}, place)`;
  const pieces = types.map((type, at) => (at === types.length - 1 ? type + end : `${type}, `));
  const strings = ["unnest(", ...pieces];
  const text = Object.assign(strings, { raw: strings }) as TemplateStringsArray;
  const made = { names, text };
  texts.set(columns, made);
  return made;
}

/** One column as PostgreSQL writes an array. */
function toArray<Name extends string>(
  rows: readonly Readonly<Record<Name, Value>>[],
  name: Name,
): string {
  let text = "{";
  for (const row of rows) {
    const value = row[name];
    if (text.length > 1) text += ",";
    text += typeof value === "string" ? quote(value) : String(value);
  }
  return `${text}}`;
}

const special = /["\\]/;

function quote(text: string): string {
  return special.test(text) ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : `"${text}"`;
}
