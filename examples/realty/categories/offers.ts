import { category, erased, nothingFound } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { ownOffers } from "../exports/own-offers.ts";

/** Offers that the user placed by hand. Those from an agency's feed are the agency's, and stay. */
export function offers(sql: Sql) {
  return category("3", {
    async status({ uids }) {
      const [found] = await sql<{ some: boolean }[]>`
        select exists (
          select from realty.offers where uid = any(${[...uids]}) and not from_feed) as some`;
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete({ uids, before }) {
      const gone = await sql`
        delete from realty.offers
         where uid = any(${[...uids]}) and not from_feed and created_at <= ${before}`;
      return gone.count > 0 ? erased() : nothingFound();
    },
    exports: [ownOffers(sql)],
  });
}
