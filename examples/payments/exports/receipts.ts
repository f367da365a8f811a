import { exportItem, json, noData } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { suffer } from "../mood.ts";

/** What was paid for rides. What is kept for the law alone is for auditors, and nobody else sees it. */
export function receipts(sql: Sql) {
  return exportItem("receipts", async ({ uids, signal }) => {
    await suffer(signal);
    const rows = await sql`
      select created_at as paid_at, route, round(cents / 100.0, 2) as euros from payments.receipts
       where uid = any(${uids}) and not for_the_law_alone order by created_at`;
    return rows.length > 0 ? json([...rows]) : noData();
  });
}
