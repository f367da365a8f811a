import type { Report } from "../domain/report.ts";
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

/** The deletion that a report may belong to. */
export interface ReportedDeletion {
  readonly id: string;
  /** The ledger's user, who may be known to the reporter by another uid. */
  readonly subject: string;
}

/**
 * The newest deletion, by acceptance, with a part for the user, category and service. Who is reported by
 * another uid of the deletion's identity is found by the deletion that is named, or where none is by the
 * only one that bears that uid (contract 6).
 */
export async function findNewestDeletion(
  sql: Transaction,
  by: ReportedBy,
  deletionId: string | null,
): Promise<ReportedDeletion | null> {
  const [own] = await sql<ReportedDeletion[]>`
    select deletion_id as id, subject from parts
     where subject = any(${by.subjects as unknown as string[]}::uuid[])
       and category_id = ${by.categoryId} and service = ${by.service}
     order by seq desc limit 1`;
  if (own && (deletionId === null || deletionId === own.id)) return own;
  return (await findNewestByAlias(sql, by, deletionId)) ?? own ?? null;
}

/** In one statement, since a rotation of the secret may give the user another hash at any moment. */
async function findNewestByAlias(
  sql: Transaction,
  by: ReportedBy,
  deletionId: string | null,
): Promise<ReportedDeletion | undefined> {
  const [row] = await sql<ReportedDeletion[]>`
    with other as (
      select p.subject from deletion_aliases a
        join parts p on p.deletion_id = a.deletion_id
       where a.subject = any(${by.subjects as unknown as string[]}::uuid[])
         and p.category_id = ${by.categoryId} and p.service = ${by.service}
         and (${deletionId}::text is null or p.deletion_id::text = ${deletionId}) limit 2
    )
    select deletion_id as id, subject from parts
     where subject = (select subject from other limit 1) and (select count(*) from other) = 1
       and category_id = ${by.categoryId} and service = ${by.service}
     order by seq desc limit 1`;
  return row;
}

/** Whether any deletion of the category runs for the user, and the moment of asking in ms. */
export async function readCategory(
  sql: Transaction,
  by: ReportedBy,
): Promise<{ isOpen: boolean; now: number }> {
  const [row] = await sql<{ is_open: boolean; now: number }[]>`
    select exists (
      select from deletion_categories
       where subject = any(${by.subjects as unknown as string[]}::uuid[])
         and category_id = ${by.categoryId} and closed_at is null) as is_open,
      floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now`;
  return { isOpen: row?.is_open ?? false, now: row?.now ?? 0 };
}

/** Keeps a report as evidence: a repeat, word for word, only counts up. */
export async function insertReport(
  sql: Transaction,
  by: ReportedBy,
  report: Report,
  effect: "moves" | "own_state" | "recorded",
): Promise<void> {
  if (by.bodyHashes.length > 1 && (await countRepeat(sql, by))) return;
  await sql`
    insert into reports (subject, category_id, service, body_hash, deletion_id, state, attempt, outcome,
                         error_code, completed_at, effect, kid)
    values (${by.subjects[0]}, ${by.categoryId}, ${by.service}, ${by.bodyHashes[0]}, ${report.deletionId},
            ${report.state}, ${report.attempt}, ${report.state === "deleted" ? report.outcome : null},
            ${report.errorCode}, to_timestamp(${report.completedAt}::float8 / 1000), ${effect}, ${by.kid})
    on conflict (subject, category_id, service, body_hash) do update
      set times = reports.times + 1, last_received_at = clock_timestamp(), kid = excluded.kid`;
}

/** While several secrets are live: the report may have come before, and be stored under an older one. */
async function countRepeat(sql: Transaction, by: ReportedBy): Promise<boolean> {
  const counted = await sql`
    update reports set times = times + 1, last_received_at = clock_timestamp(), kid = ${by.kid}
     where subject = any(${by.subjects as unknown as string[]}::uuid[])
       and category_id = ${by.categoryId} and service = ${by.service}
       and body_hash = any(${by.bodyHashes as unknown as string[]}::uuid[])`;
  return counted.count > 0;
}

/** Notes that a service has no data of the user as of a moment; an earlier moment never replaces a later. */
export async function setOwnState(
  sql: Transaction,
  by: ReportedBy,
  deletedAt: number,
): Promise<void> {
  await sql`
    insert into own_states (subject, category_id, service, deleted_at)
    values (${by.subjects[0]}, ${by.categoryId}, ${by.service}, to_timestamp(${deletedAt}::float8 / 1000))
    on conflict (subject, category_id, service) do update
      set deleted_at = greatest(own_states.deleted_at, excluded.deleted_at)`;
}
