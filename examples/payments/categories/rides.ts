import { category, denied, erased, nothingFound, retained } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { currentMood, suffer } from "../mood.ts";

/**
 * Receipts of rides, which tax law wants kept for some years. Of those, what the law does not ask for goes at
 * once, and nobody but an auditor sees them any more; when the first may go, the hub calls again.
 */
export function rides(sql: Sql) {
  return category("8", {
    async status({ uids }) {
      if (currentMood() === "debt") return denied("debt");
      const [found] = await sql<{ some: boolean }[]>`
        select exists (
          select from payments.receipts where uid = any(${uids}) and not for_the_law_alone) as some`;
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete({ uids, before, signal }) {
      if (currentMood() === "debt") return denied("debt");
      await suffer(signal);
      const gone = await sql`
        delete from payments.receipts
         where uid = any(${uids}) and created_at <= ${before} and keep_until <= clock_timestamp()`;
      await sql`
        update payments.receipts set for_the_law_alone = true, route = null
         where uid = any(${uids}) and created_at <= ${before} and not for_the_law_alone`;
      const [kept] = await sql<{ until: Date | null }[]>`
        select min(keep_until) as until from payments.receipts
         where uid = any(${uids}) and created_at <= ${before}`;
      if (kept?.until) return retained({ reason: "tax_law", until: kept.until });
      return gone.count > 0 ? erased() : nothingFound();
    },
  });
}
