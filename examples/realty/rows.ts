import {
  type DeleteRequest,
  erased,
  nothingFound,
  type Outcome,
  type StatusRequest,
} from "takeout-sdk/service";
import type { Sql } from "./database.ts";

/** Tables whose rows belong to a user and simply go when the user wants it. */
export type PlainTable = "favorites" | "subscriptions" | "hidden_offers" | "notes" | "comparisons";

export async function stateOfRows(sql: Sql, table: PlainTable, { uids }: StatusRequest) {
  const [found] = await sql<{ some: boolean }[]>`
    select exists (select from ${sql(`realty.${table}`)} where uid = any(${[...uids]})) as some`;
  return found?.some ? "ready_to_delete" : "empty";
}

/** Deletes what was created up to the fence; what the user made since then stays. */
export async function deleteRows(
  sql: Sql,
  table: PlainTable,
  { uids, before }: DeleteRequest,
): Promise<Outcome> {
  const gone = await sql`
    delete from ${sql(`realty.${table}`)} where uid = any(${[...uids]}) and created_at <= ${before}`;
  return gone.count > 0 ? erased() : nothingFound();
}
