import { isId } from "../domain/id.ts";
import { closedPartStates, isOpen, nextPartState, partStates } from "../domain/part.ts";
import { asTable } from "./columns.ts";
import type { Sql, Transaction } from "./connect.ts";
import { statesSql } from "./open-states.ts";
import { proofColumns, type Reported, toProof } from "./reports.ts";

/** A report that closes its part, and does nothing else as long as the deletion goes on without it. */
export interface PlainReport {
  readonly reported: Reported;
  /** `stuck.deadline`. */
  readonly deadlineMs: number;
}

export interface Settled {
  /** How long the deletion took, where this closed it; else, and for all but one that closed it together, `null`. */
  readonly closedAfterMs: number | null;
}

/** Whether the statement can look for its part: under several secrets the user may bear any hash, and so may a repeat. */
export function canSettle({ by, report }: Reported): boolean {
  const isUnderOne = by.subjects.length === 1 && by.bodyHashes.length === 1;
  return isUnderOne && isId(report.deletionId);
}

const columns = {
  ...{ deletion_id: "uuid", subject: "uuid", category_id: "text", service: "text" },
  ...{ outcome: "text", reason: "text", deadline_ms: "float8", ...proofColumns },
};

/**
 * States are told by what they are not: told by what they are, PostgreSQL would take the indexes of open parts to find
 * one of a deletion, and go through all that is open of its service. So would it with categories that are open.
 */
const closedSql = statesSql(closedPartStates);
const notReportableSql = statesSql(
  partStates.filter((state) => !isOpen(state) || !nextPartState(state, "reported_deleted")),
);
const isCategoryOpenSql = "coalesce(closed_at, 'infinity') = 'infinity'";

/**
 * Closes the parts of plain reports in one statement, where nothing else of the deletion changes, or nothing is left of
 * it: none of its parts waits for others or has failed, the deadline is not over, and the part was called. Then either
 * another part of the category is open and stays so; or all parts that were not cleanly deleted are reported here, and
 * the deletion closes with its categories. What is not so, or held by somebody at the moment, is left as it is, to be
 * decided under the lock.
 *
 * A statement sees what was committed when it began, and the last two parts must not close without one of them seeing
 * the other. Who closes a part holds its deletion, and so does this; what was closed in between shows when the row is
 * locked, for then its newest version counts. So the part that stays open is locked as well: one of which no report is
 * here or, where there is none, the last of those that were to be closed, which is left then. What was cleanly deleted
 * stays so, and needs no lock. A part that is locked is written whatever its state was in that view: one left out by
 * its former state would stay open in a deletion that closes.
 *
 * @returns what was settled, in the order of the reports; `null`: it was left. Of repeats at most one is settled.
 */
export async function settlePlainReports(
  sql: Sql | Transaction,
  reports: readonly PlainReport[],
): Promise<readonly (Settled | null)[]> {
  const rows = await sql<{ place: number; took: number | null }[]>`
    with given as materialized (
      select * from ${asTable(sql, columns, reports.map(toRow))}
    ), held as materialized (
      select id, subject, accepted_at, losses from deletions
       where id = any(array(select deletion_id from given)) for update skip locked
    ), clock as materialized (
      select date_trunc('milliseconds', max(clock_timestamp())) as now from held
    ), steady as materialized (
      select id, subject, accepted_at from held
       where losses = 0
         and not (select bool_or(state in ('waiting', 'delete_failed')) from parts where deletion_id = held.id)
    ), categories as materialized (
      select deletion_id, category_id, other.goes_on is not null as goes_on
        from (select deletion_id, category_id, array_agg(service) as reporting
                from given join steady on id = deletion_id group by deletion_id, category_id) as own
        left join lateral (
         select true as goes_on from parts
          where deletion_id = own.deletion_id and category_id = own.category_id
            and service <> all(own.reporting) and state not in (${sql.unsafe(closedSql)})
          limit 1 for share skip locked) as other on true
    ), plain as materialized (
      select given.*, part.state as from_state, goes_on
        from given join steady on steady.id = given.deletion_id and steady.subject = given.subject
        join categories using (deletion_id, category_id)
       cross join lateral (
         select state from parts
          where deletion_id = given.deletion_id and category_id = given.category_id and service = given.service
            and state not in (${sql.unsafe(notReportableSql)}) and attempt > 0 limit 1 for update skip locked) as part
       where steady.accepted_at > (select now from clock) - given.deadline_ms * interval '1 ms'
    ), ending as materialized (
      select deletion_id as id, count(distinct (category_id, service)) as parts, count(distinct category_id) as categories
        from plain where not goes_on group by deletion_id
    ), complete as materialized (
      select id, categories from ending
       where parts = (
         select count(*) from parts
          where deletion_id = ending.id and not (state = 'deleted' and outcome is distinct from 'retained'))
    ), ended as materialized (
      select id from complete
       cross join lateral (
         select count(*) as held from (
           select from deletion_categories where deletion_id = complete.id and ${sql.unsafe(isCategoryOpenSql)}
            for update skip locked) as category) as own
       where own.held = complete.categories
    ), settled as materialized (
      select * from (select *, max(service) over (partition by deletion_id, category_id) as last from plain) as plain
       where goes_on or service <> last or deletion_id = any(array(select id from ended)) order by place
    ), changed as (
      update parts set
        state = 'deleted', closed_at = (select now from clock), outcome = settled.outcome,
        reason = settled.reason, retained_until = null, retry_at = null, error_code = null, leased_until = null,
        leased_by = null, parked_at = null
        from settled
       where parts.deletion_id = any(array[settled.deletion_id]) and parts.category_id = any(array[settled.category_id])
         and parts.service = any(array[settled.service])
      returning settled.*, parts.attempt as called
    ), logged as (
      insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source,
                          kid, body_hash, completed_at)
      select deletion_id, category_id, service, called, 'reported_deleted', from_state, 'deleted', 'report',
             kid, body_hash, to_timestamp(completed_at / 1000) from changed
    ), closed_categories as (
      update deletion_categories set closed_at = (select now from clock), deleted_at = (select now from clock)
       where deletion_id = any(array(select id from ended)) and ${sql.unsafe(isCategoryOpenSql)}
    ), closed as (
      update deletions set
        closed_at = (select now from clock), closed_as = 'done', wake_at = null,
        sealed = null, wrapped = null, seal_key_id = null
       where id = any(array(select id from ended))
      returning id, round(date_part('epoch', closed_at - accepted_at) * 1000) as took
    )
    select place::int, took from changed left join closed on closed.id = changed.deletion_id`;
  return tellOnce(reports, new Map(rows.map(({ place, took }) => [reports[place - 1], took])));
}

/** Who is told of a closing counts it. */
function tellOnce(
  reports: readonly PlainReport[],
  took: ReadonlyMap<PlainReport | undefined, number | null>,
): (Settled | null)[] {
  const told = new Set<string | null>();
  return reports.map((one) => {
    const closedAfterMs = took.get(one);
    if (closedAfterMs === undefined) return null;
    const { deletionId } = one.reported.report;
    const isTold = told.has(deletionId);
    told.add(deletionId);
    return { closedAfterMs: isTold ? null : closedAfterMs };
  });
}

function toRow({ reported, deadlineMs }: PlainReport) {
  const { by, report } = reported;
  return {
    deletion_id: report.deletionId,
    subject: by.subjects[0],
    category_id: by.categoryId,
    service: by.service,
    outcome: report.outcome,
    reason: report.reason,
    deadline_ms: deadlineMs,
    ...toProof(reported),
  };
}
