import type { Report } from "../domain/report.ts";
import { asTable } from "./columns.ts";
import type { Transaction } from "./connect.ts";

/** Whom and what a report is about, and who signed it. */
export interface ReportedBy {
  /** The user under every live secret, the newest first. */
  readonly subjects: readonly [string, ...string[]];
  readonly categoryId: string;
  readonly service: string;
  readonly kid: string;
  /** Under every live secret, the newest first. */
  readonly bodyHashes: readonly [string, ...string[]];
}

/** A report, and the deletion that its sender named. */
export interface Reported {
  readonly by: ReportedBy;
  readonly report: Report;
}

/** What a report that moved no part came to, for the evidence. */
export interface ReportRecord extends Reported {
  readonly effect: "own_state" | "recorded";
}

/** What an event keeps of the report that moved its part; of other events nothing. */
export function toProof(reported: Reported | null) {
  return {
    kid: reported?.by.kid ?? null,
    body_hash: reported?.by.bodyHashes[0] ?? null,
    completed_at: reported?.report.completedAt ?? null,
  };
}

/** The columns of that, with their types. */
export const proofColumns = { kid: "text", body_hash: "uuid", completed_at: "float8" };

/** That a service has no data of a user as of a moment, in ms. */
export interface OwnState {
  readonly subject: string;
  readonly categoryId: string;
  readonly service: string;
  readonly deletedAt: number;
}

const aboutColumns = {
  subjects: "text",
  category_id: "text",
  service: "text",
  deletion_id: "text",
};

/**
 * The newest deletion, by acceptance, with a part for the user, category and service of each report. Who is reported
 * by another uid of the deletion's identity is found by the deletion that is named, or where none is by the only one
 * that bears that uid (contract 6). In one statement, since a rotation of the secret may give the user another hash
 * at any moment; and each report probes for the newest row of a history, in the order of its index.
 *
 * @returns ids in the order of the reports; `null`: there is none.
 */
export async function findNewestDeletions(
  sql: Transaction,
  reports: readonly Reported[],
): Promise<readonly (string | null)[]> {
  if (reports.length === 0) return [];
  const rows = await sql<{ id: string | null }[]>`
    select coalesce(alias.deletion_id, own.deletion_id) as id
      from ${asTable(sql, aboutColumns, reports.map(toAbout))}
      left join lateral (
        select newest.deletion_id from unnest(given.subjects::uuid[]) as bearer
         cross join lateral (
           select deletion_id, seq from parts
            where subject = bearer and category_id = given.category_id and service = given.service
            order by seq desc nulls last limit 1) as newest
         order by newest.seq desc limit 1) as own on true
      left join lateral (
        with other as (
          select own_part.subject from deletion_aliases a
           cross join lateral (
             select subject from parts p
              where p.deletion_id = a.deletion_id and p.category_id = given.category_id
                and p.service = given.service limit 1) as own_part
           where a.subject = any(given.subjects::uuid[])
             and (given.deletion_id is null or a.deletion_id::text = given.deletion_id) limit 2
        )
        select deletion_id from parts
         where (own.deletion_id is null or own.deletion_id::text <> given.deletion_id)
           and subject = (select subject from other limit 1) and (select count(*) from other) = 1
           and category_id = given.category_id and service = given.service
         order by seq desc nulls last limit 1) as alias on true
     order by given.place`;
  return rows.map(({ id }) => id);
}

function toAbout({ by, report }: Reported) {
  return {
    subjects: arrayOf(by.subjects),
    category_id: by.categoryId,
    service: by.service,
    deletion_id: report.deletionId,
  };
}

/** Hashes as an array in one column. */
function arrayOf(hashes: readonly string[]): string {
  return `{${hashes.join()}}`;
}

const categoryColumns = { subjects: "text", deletion_id: "uuid", category_id: "text" };

/**
 * Whether any deletion of a category runs for the user of each report, and the moment of asking in ms. What is
 * reported by another uid of a person is about the user of the deletion that it belongs to.
 *
 * @param asked - each with the deletion that it may belong to.
 */
export async function readCategories(
  sql: Transaction,
  asked: readonly (readonly [Reported, string | null])[],
): Promise<{ readonly areOpen: readonly boolean[]; readonly now: number }> {
  if (asked.length === 0) return { areOpen: [], now: 0 };
  const given = asked.map(([{ by }, deletion_id]) => ({
    subjects: arrayOf(by.subjects),
    deletion_id,
    category_id: by.categoryId,
  }));
  const rows = await sql<{ is_open: boolean; now: number }[]>`
    select open.is_open is not null as is_open, floor(date_part('epoch', clock_timestamp()) * 1000) as now
      from ${asTable(sql, categoryColumns, given)}
      left join lateral (
        select array[subject] as subjects from deletions
         where id = given.deletion_id and subject <> all(given.subjects::uuid[]) limit 1) as other on true
      left join lateral (
        select true as is_open from deletion_categories
         where subject = any(coalesce(other.subjects, given.subjects::uuid[]))
           and category_id = given.category_id and closed_at is null
         limit 1) as open on true
     order by given.place`;
  return { areOpen: rows.map((row) => row.is_open), now: rows[0]?.now ?? 0 };
}

const reportColumns = {
  ...{ subject: "uuid", category_id: "text", service: "text", deletion_id: "text", state: "text" },
  ...{ attempt: "int", outcome: "text", error_code: "text", effect: "text", times: "int" },
  ...proofColumns,
};

/**
 * While several secrets are live a report may have come before, and be stored under an older one: then it is counted.
 *
 * @returns what is to be inserted.
 */
export async function countRepeats(
  sql: Transaction,
  records: readonly ReportRecord[],
): Promise<readonly ReportRecord[]> {
  if (records.every(({ by }) => by.bodyHashes.length === 1)) return records;
  const counted = await Promise.all(records.map(({ by }) => countRepeat(sql, by)));
  return records.filter((_record, at) => !counted[at]);
}

/** Keeps reports that moved nothing as evidence: a repeat, word for word, only counts up. */
export async function insertReports(
  sql: Transaction,
  records: readonly ReportRecord[],
): Promise<void> {
  const rows = mergeRepeats(records);
  if (rows.length === 0) return;
  await sql`
    insert into reports (subject, category_id, service, body_hash, deletion_id, state, attempt, outcome,
                         error_code, completed_at, effect, kid, times)
    select subject, category_id, service, body_hash, deletion_id::uuid, state, attempt, outcome, error_code,
           to_timestamp(completed_at / 1000), effect, kid, times
      from ${asTable(sql, reportColumns, rows)}
    on conflict (subject, category_id, service, body_hash) do update
      set times = reports.times + excluded.times, last_received_at = clock_timestamp(), kid = excluded.kid`;
}

async function countRepeat(sql: Transaction, by: ReportedBy): Promise<boolean> {
  const counted = await sql`
    update reports set times = times + 1, last_received_at = clock_timestamp(), kid = ${by.kid}
     where subject = any(${by.subjects as unknown as string[]}::uuid[])
       and category_id = ${by.categoryId} and service = ${by.service}
       and body_hash = any(${by.bodyHashes as unknown as string[]}::uuid[])`;
  return counted.count > 0;
}

/** One row for each report, in the order of its key, so that nobody waits for a row while another waits for his. */
function mergeRepeats(records: readonly ReportRecord[]) {
  const rows = new Map<string, ReturnType<typeof toReportRow>>();
  for (const record of records) {
    const { by } = record;
    const key = [by.subjects[0], by.categoryId, by.service, by.bodyHashes[0]].join("\n");
    const known = rows.get(key);
    rows.set(key, known ? { ...known, times: known.times + 1, kid: by.kid } : toReportRow(record));
  }
  return inOrder(rows);
}

function toReportRow({ by, report, effect }: ReportRecord) {
  return {
    subject: by.subjects[0],
    category_id: by.categoryId,
    service: by.service,
    deletion_id: report.deletionId,
    state: report.state,
    attempt: report.attempt,
    outcome: report.state === "deleted" ? report.outcome : null,
    error_code: report.errorCode,
    effect,
    times: 1,
    ...toProof({ by, report }),
  };
}

const ownStateColumns = {
  ...{ subject: "uuid", category_id: "text", service: "text", deleted_at: "float8" },
};

/** Notes that services have no data of users as of some moment; an earlier moment never replaces a later. */
export async function setOwnStates(sql: Transaction, states: readonly OwnState[]): Promise<void> {
  const rows = new Map<string, Record<keyof typeof ownStateColumns, string | number>>();
  for (const { subject, categoryId, service, deletedAt } of states) {
    const key = [subject, categoryId, service].join("\n");
    const known = Number(rows.get(key)?.deleted_at ?? Number.NEGATIVE_INFINITY);
    const deleted_at = Math.max(known, deletedAt);
    rows.set(key, { subject, category_id: categoryId, service, deleted_at });
  }
  if (rows.size === 0) return;
  await sql`
    insert into own_states (subject, category_id, service, deleted_at)
    select subject, category_id, service, to_timestamp(deleted_at / 1000)
      from ${asTable(sql, ownStateColumns, inOrder(rows))}
    on conflict (subject, category_id, service) do update
      set deleted_at = greatest(own_states.deleted_at, excluded.deleted_at)`;
}

function inOrder<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
