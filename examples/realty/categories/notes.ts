import { category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { deleteRows, stateOfRows } from "../rows.ts";

/** What the user wrote beside offers. */
export function notes(sql: Sql) {
  return category("5", {
    status: (request) => stateOfRows(sql, "notes", request),
    delete: (request) => deleteRows(sql, "notes", request),
  });
}
