import { category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { deleteRows, stateOfRows } from "../rows.ts";

/** Offers that the user does not want to see, and why. */
export function hiddenOffers(sql: Sql) {
  return category("4", {
    status: (request) => stateOfRows(sql, "hidden_offers", request),
    delete: (request) => deleteRows(sql, "hidden_offers", request),
  });
}
