import { isId } from "../domain/id.ts";
import { closedPartStates, isOpen, nextPartState, partStates } from "../domain/part.ts";
import { asTable } from "./columns.ts";
import type { Sql, Transaction } from "./connect.ts";
import { statesSql } from "./open-states.ts";
import { type Reported, toReportRow } from "./reports.ts";

/** A report that closes its part, and does nothing else as long as the deletion goes on without it. */
export interface PlainReport {
  readonly reported: Reported;
  /** `stuck.deadline`. */
  readonly deadlineMs: number;
}

/** Whether the statement can look for its part: under several secrets the user may bear any hash, and so may a repeat. */
export function canSettle({ by, report }: Reported): boolean {
  const isUnderOne = by.subjects.length === 1 && by.bodyHashes.length === 1;
  return isUnderOne && isId(report.deletionId);
}

const columns = {
  ...{ subject: "uuid", category_id: "text", service: "text", body_hash: "uuid" },
  ...{ deletion_id: "uuid", attempt: "int", outcome: "text", reason: "text" },
  ...{ error_code: "text", completed_at: "float8", kid: "text", deadline_ms: "float8" },
};

/**
 * States are told by what they are not: told by what they are, PostgreSQL would take the indexes of open parts to find
 * one of a deletion, and go through all that is open of its service.
 */
const closedSql = statesSql(closedPartStates);
const notReportableSql = statesSql(
  partStates.filter((state) => !isOpen(state) || !nextPartState(state, "reported_deleted")),
);

/**
 * Closes the parts of plain reports in one statement, where the deletion goes on without them: another part of the
 * category is open and stays so, none waits for others or has failed, the deadline is not over, and the part was
 * called. Nothing else of the deletion changes then, so nothing else is read. What is not so, or held by somebody at
 * the moment, is left as it is, to be decided under the lock.
 *
 * A statement sees what was committed when it began, and the last two parts must not close without one of them seeing
 * the other. Who closes a part holds its deletion, and so does this; what was closed in between shows when the row is
 * locked, for then its newest version counts. So the part that stays open is locked as well, and no batch may count
 * on a part that it closes itself.
 *
 * @returns which were settled, in their order. Of repeats at most one is.
 */
export async function settlePlainReports(
  sql: Sql | Transaction,
  reports: readonly PlainReport[],
): Promise<readonly boolean[]> {
  const sent = leaveLast(reports);
  const settled = await sql<{ place: number }[]>`
    with given as materialized (
      select * from ${asTable(sql, columns, sent.map(toRow))}
    ), held as materialized (
      select id, subject, accepted_at, closed_at, wake_at, losses from deletions
       where id = any(array(select deletion_id from given)) for update skip locked
    ), plain as materialized (
      select given.*, part.state as from_state
        from given join held on held.id = given.deletion_id and held.subject = given.subject
       cross join lateral (
         select state from parts
          where deletion_id = given.deletion_id and category_id = given.category_id and service = given.service
            and state not in (${sql.unsafe(notReportableSql)}) and attempt > 0 limit 1 for update skip locked) as part
       cross join lateral (
         select from parts p
          where deletion_id = given.deletion_id and category_id = given.category_id and state not in (${sql.unsafe(closedSql)})
            and service <> all(array(
              select service from given own where own.deletion_id = p.deletion_id and own.category_id = p.category_id))
          limit 1 for share skip locked) as other
       where held.closed_at is null and held.wake_at is not null and held.losses = 0
         and held.accepted_at > clock_timestamp() - given.deadline_ms * interval '1 ms'
         and not (select bool_or(state in ('waiting', 'delete_failed')) from parts where deletion_id = held.id)
    ), changed as (
      update parts set
        state = 'deleted', closed_at = date_trunc('milliseconds', clock_timestamp()), outcome = plain.outcome,
        reason = plain.reason, retained_until = null, retry_at = null, error_code = null, leased_until = null,
        leased_by = null, parked_at = null
        from plain
       where parts.deletion_id = any(array[plain.deletion_id]) and parts.category_id = any(array[plain.category_id])
         and parts.service = any(array[plain.service]) and parts.state = plain.from_state
      returning plain.*, parts.attempt as called
    ), logged as (
      insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source)
      select deletion_id, category_id, service, called, 'reported_deleted', from_state, 'deleted', 'report' from changed
    ), kept as (
      insert into reports (subject, category_id, service, body_hash, deletion_id, state, attempt, outcome,
                           error_code, completed_at, effect, kid)
      select subject, category_id, service, body_hash, deletion_id, 'deleted', attempt, outcome, error_code,
             to_timestamp(completed_at / 1000), 'moves', kid from changed
      on conflict (subject, category_id, service, body_hash) do update
        set times = reports.times + 1, last_received_at = clock_timestamp(), kid = excluded.kid
    )
    select place::int from changed`;
  const done = new Set(settled.map(({ place }) => sent[place - 1]));
  return reports.map((report) => done.has(report));
}

/** Services report at once what they were told at once: where several parts of a category come, the last is to stay open. */
function leaveLast(reports: readonly PlainReport[]): readonly PlainReport[] {
  const groups = Map.groupBy(
    reports,
    ({ reported: { by, report } }) => `${report.deletionId} ${by.categoryId}`,
  );
  return [...groups.values()].flatMap((own) => (own.length > 1 ? own.slice(0, -1) : own));
}

function toRow({ reported, deadlineMs }: PlainReport) {
  const row = toReportRow({ ...reported, effect: "moves" });
  return { ...row, reason: reported.report.reason, deadline_ms: deadlineMs };
}
