import { exportItem, json, noData } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { suffer } from "../mood.ts";

/** The cards that the user pays with. */
export function cards(sql: Sql) {
  return exportItem("cards", async ({ uids, signal }) => {
    await suffer(signal);
    const rows = await sql`
      select label, created_at from payments.cards where uid = any(${uids}) order by id`;
    return rows.length > 0 ? json([...rows]) : noData();
  });
}
