import type { Sql } from "../../../src/store/connect.ts";
import { findTraces } from "../../store/support/traces.ts";
import type { Search } from "./rows.ts";

const rowsAtOnce = 5_000;

/**
 * Searches every table of the database, the queue's among them, and texts such as log files, for what names
 * a person: as it is, in hex and in base64. Once in the middle of a run and once at its end is meant.
 *
 * @param planted - by name; few and long: a beginning that all uids have in common finds them all.
 * @param texts - by place.
 */
export async function searchEverything(
  sql: Sql,
  planted: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>> = {},
): Promise<Search[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
       and n.nspname !~ '^pg_(toast|temp)' order by name`;
  const searches: Search[] = [];
  for (const { name } of tables) searches.push(await searchTable(sql, name, planted));
  for (const [place, text] of Object.entries(texts)) {
    const lines = text.split("\n").filter((line) => line !== "").length;
    searches.push({ place, lines, found: findTraces(text, planted) });
  }
  return searches;
}

async function searchTable(
  sql: Sql,
  name: string,
  planted: Readonly<Record<string, string>>,
): Promise<Search> {
  const found = new Set<string>();
  let lines = 0;
  const rows = sql<{ row: string }[]>`select t::text as row from ${sql.unsafe(name)} t`;
  for await (const batch of rows.cursor(rowsAtOnce)) {
    lines += batch.length;
    const text = batch.map(({ row }) => row).join("\n");
    for (const what of findTraces(text, planted)) found.add(what);
  }
  return { place: name, lines, found: [...found] };
}
