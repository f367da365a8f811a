import { category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { deleteRows, stateOfRows } from "../rows.ts";

/** Sets of offers that the user compared. */
export function comparisons(sql: Sql) {
  return category("6", {
    status: (request) => stateOfRows(sql, "comparisons", request),
    delete: (request) => deleteRows(sql, "comparisons", request),
  });
}
