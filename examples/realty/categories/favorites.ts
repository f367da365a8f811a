import { category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { deleteRows, stateOfRows } from "../rows.ts";

/** Offers that the user has marked. */
export function favorites(sql: Sql) {
  return category("1", {
    status: (request) => stateOfRows(sql, "favorites", request),
    delete: (request) => deleteRows(sql, "favorites", request),
  });
}
