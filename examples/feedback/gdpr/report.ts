import { type DataStatusReport, isTakeoutSdkError, type TakeoutClient } from "takeout-sdk";
import type { Sql } from "../database.ts";
import { feedbackCategory } from "./category.ts";

/** Why hidden data stays: somebody may have to answer for what was written. */
export const hidingReason = "authorship";

const mostAtOnce = 20;
// Longer than one attempt takes: what a process was killed at is then taken up by the next run.
const leaseSeconds = 10;
const longestPauseSeconds = 300;
const giveUpAfter = "24 hours";

interface Due {
  deletionId: string;
  reportUid: string;
  attempt: number;
  asked: number;
  failures: number;
  isOld: boolean;
  /** How many tasks the deletion anonymised. */
  tasks: number;
  completedAt: Date;
  requestedAt: Date;
  /** Until when something of these accounts is hidden, by this deletion or an earlier one. */
  hiddenUntil: Date | null;
}

/**
 * Reports each deletion that has come to its end, until the hub has it: in `gdpr.deletion` it
 * survives the process. Source: contract sections 6 and 7.
 * @returns how many reports the hub took.
 */
export async function reportAll(
  sql: Sql,
  client: TakeoutClient,
  { signal, onError }: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<number> {
  const due = await lease(sql);
  const sent = due.map(async (report) => {
    try {
      await client.setDataStatus(bodyOf(report), { signal });
    } catch (error) {
      onError(error);
      await postpone(sql, report, isTakeoutSdkError(error) && !error.retryable);
      return false;
    }
    await forget(sql, report);
    return true;
  });
  return (await Promise.all(sent)).filter(Boolean).length;
}

async function lease(sql: Sql): Promise<Due[]> {
  return await sql<Due[]>`
    with leased as (
      update gdpr.deletion as called set due_at = clock_timestamp() + ${leaseSeconds} * interval '1 second'
       where deletion_id in (
         select deletion_id from gdpr.deletion as ended
          where due_at <= clock_timestamp() and not exists (
            select from gdpr.takeout
             where uid = any(ended.uids) and takeout.requested_at = ended.requested_at
               and completed_at is null)
          order by due_at limit ${mostAtOnce} for update skip locked)
      returning *)
    select deletion_id as "deletionId", report_uid as "reportUid", attempt, asked, failures, tasks,
           requested_at as "requestedAt", done."completedAt", hidden."hiddenUntil",
           asked_at < clock_timestamp() - ${giveUpAfter}::interval as "isOld"
      from leased
      cross join lateral (
        select max(completed_at) as "completedAt" from gdpr.takeout
         where uid = any(leased.uids) and takeout.requested_at = leased.requested_at) as done
      cross join lateral (
        select max(hidden_until) as "hiddenUntil" from gdpr.hidden_data
         where uid = any(leased.uids) and hidden_until > clock_timestamp()) as hidden`;
}

/** What is hidden is not gone: a deletion that found nothing says so too while an earlier one's data is kept. */
function bodyOf(due: Due): DataStatusReport {
  const outcome = due.hiddenUntil
    ? { outcome: "anonymized", retained_until: due.hiddenUntil.toISOString(), reason: hidingReason }
    : { outcome: due.tasks > 0 ? "erased" : "nothing_found" };
  return {
    yandex_uid: due.reportUid,
    category_id: feedbackCategory,
    deletion_id: due.deletionId,
    attempt: due.attempt,
    state: "deleted",
    completed_at: due.completedAt.toISOString(),
    to: due.requestedAt.toISOString(),
    ...outcome,
  } as DataStatusReport;
}

/** Unless the hub has asked again meanwhile: then it wants to be told again. */
async function forget(sql: Sql, { deletionId, asked }: Due): Promise<void> {
  await sql`
    update gdpr.deletion set due_at = null where deletion_id = ${deletionId} and asked = ${asked}`;
}

async function postpone(sql: Sql, due: Due, isRefused: boolean): Promise<void> {
  if (isRefused || due.isOld) return await forget(sql, due);
  const seconds = Math.random() * Math.min(longestPauseSeconds, 2 ** due.failures);
  await sql`
    update gdpr.deletion set failures = failures + 1,
           due_at = clock_timestamp() + ${seconds} * interval '1 second'
     where deletion_id = ${due.deletionId} and asked = ${due.asked}`;
}
