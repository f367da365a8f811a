import { category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { deleteRows, stateOfRows } from "../rows.ts";

/** Searches whose new results are sent to the user. */
export function subscriptions(sql: Sql) {
  return category("2", {
    status: (request) => stateOfRows(sql, "subscriptions", request),
    delete: (request) => deleteRows(sql, "subscriptions", request),
  });
}
