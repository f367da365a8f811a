import { exportItem, json, noData } from "takeout-sdk/service";
import type { Sql } from "../database.ts";

/** Who the user is here. It belongs to no category: it can be had, but not deleted. Source: S0. */
export function profile(sql: Sql) {
  return exportItem("profile", async ({ uids }) => {
    const rows = await sql`
      select name, city, seller_kind, created_at as member_since from realty.profiles
       where uid = any(${uids}) order by uid`;
    return rows.length > 0 ? json([...rows]) : noData();
  });
}
