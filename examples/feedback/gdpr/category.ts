import { accepted, category } from "takeout-sdk/service";
import type { Sql } from "../database.ts";

export const feedbackCategory = "9";

/**
 * What the hub asks. A deletion is only written down here: the tool anonymises and reports, so a call is
 * answered at once however much the user has sent. Source: S4.
 */
export function feedback(sql: Sql) {
  return category(feedbackCategory, {
    async status({ uids }) {
      const [found] = await sql<{ deleting: boolean; some: boolean }[]>`
        select exists (
                 select from gdpr.takeout where uid = any(${uids}) and completed_at is null) as deleting,
               exists (
                 select from feedback.feedback_task where original_task ->> 'uid' = any(${uids})) as some`;
      if (found?.deleting) return "delete_in_progress";
      return found?.some ? "ready_to_delete" : "empty";
    },
    async delete({ uids, before, deletionId, requestId = null, attempt, reportUid }) {
      await sql.begin(async (tx) => {
        // A repeat finds its rows, and with them the fence of the first call; it is only reported again.
        const [known] = await tx<{ requestedAt: Date }[]>`
          insert into gdpr.deletion as known (deletion_id, uids, requested_at, report_uid, attempt)
          values (${deletionId}, ${uids}, ${before}, ${reportUid}, ${attempt})
          on conflict (deletion_id) do update
            set attempt = greatest(known.attempt, excluded.attempt), asked = known.asked + 1,
                asked_at = excluded.asked_at, due_at = excluded.due_at, failures = 0,
                uids = array(select unnest(known.uids) union select unnest(excluded.uids))
          returning requested_at as "requestedAt"`;
        await tx`
          insert into gdpr.takeout (uid, request_id, requested_at)
          select distinct uid, ${requestId}::text, ${known?.requestedAt ?? before}::timestamptz
            from unnest(${uids}::text[]) as uid order by uid
          on conflict do nothing`;
      });
      return accepted();
    },
  });
}
