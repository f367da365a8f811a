import { exportItem, json, noData } from "takeout-sdk/service";
import type { Sql } from "../database.ts";

/** Offers that the user placed by hand; those of an agency's feed are the agency's. Source: S0. */
export function ownOffers(sql: Sql) {
  return exportItem("own-offers", async ({ uids }) => {
    const rows = await sql`
      select id as offer, title, created_at from realty.offers
       where uid = any(${uids}) and not from_feed order by id`;
    return rows.length > 0 ? json([...rows]) : noData();
  });
}
