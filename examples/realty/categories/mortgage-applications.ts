import { category, nothingFound, retained } from "takeout-sdk/service";
import type { Sql } from "../database.ts";

/** What banks must keep: an application is flagged and shown nowhere any more, but its row stays. */
export function mortgageApplications(sql: Sql) {
  return category("7", {
    async status({ uids }) {
      const [found] = await sql<{ some: boolean }[]>`
        select exists (
          select from realty.mortgage_applications
           where uid = any(${[...uids]}) and not removed) as some`;
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete({ uids, before }) {
      const flagged = await sql`
        update realty.mortgage_applications set removed = true
         where uid = any(${[...uids]}) and created_at <= ${before}`;
      return flagged.count > 0 ? retained({ reason: "credit_records" }) : nothingFound();
    },
  });
}
