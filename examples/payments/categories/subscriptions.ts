import { category, denied, erased, nothingFound, retained } from "takeout-sdk/service";
import type { Sql } from "../database.ts";
import { currentMood, suffer } from "../mood.ts";

/**
 * The cards go. A block against fraud stays, or whoever is blocked would only have to ask for deletion;
 * it holds nothing but the account and its end. Source: S3, what is not deleted.
 */
export function subscriptions(sql: Sql) {
  return category("2", {
    async status({ uids }) {
      if (currentMood() === "debt") return denied("debt");
      const [found] = await sql<{ some: boolean }[]>`
        select exists (select from payments.cards where uid = any(${uids})) as some`;
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete({ uids, before, signal }) {
      if (currentMood() === "debt") return denied("debt");
      await suffer(signal);
      const gone = await sql`
        delete from payments.cards where uid = any(${uids}) and created_at <= ${before}`;
      const over = await sql`
        delete from payments.fraud_blocks
         where uid = any(${uids}) and created_at <= ${before} and blocked_until <= clock_timestamp()`;
      const [block] = await sql<{ until: Date | null }[]>`
        select blocked_until as until from payments.fraud_blocks
         where uid = any(${uids}) and created_at <= ${before}
         order by blocked_until desc nulls first limit 1`;
      if (block)
        return retained({ reason: "fraud_block", ...(block.until && { until: block.until }) });
      return gone.count + over.count > 0 ? erased() : nothingFound();
    },
  });
}
