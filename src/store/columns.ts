import type { Transaction } from "./connect.ts";

/** What a column may hold on its way to the database; numbers are sent as text and cast there. */
type Value = string | number | null;

/**
 * Rows as a table in a statement, one array a column: a fraction of what JSON costs on both sides, and the text of
 * the statement stays the same however many there are. It is called `given`, and `place` is a row's place in it.
 *
 * @param columns - names with their PostgreSQL types.
 */
export function asTable<Name extends string>(
  sql: Transaction,
  columns: Readonly<Record<Name, string>>,
  rows: readonly Readonly<Record<NoInfer<Name>, Value>>[],
) {
  const names = Object.keys(columns) as Name[];
  const arrays = names.map((name) => {
    const values = rows.map((row) => row[name]) as string[];
    return sql`${values}::${sql.unsafe(`${columns[name]}[]`)}`;
  });
  return sql`unnest(${arrays.reduce((all, array) => sql`${all}, ${array}`)}) with ordinality as given (${sql.unsafe(names.join(", "))}, place)`;
}
