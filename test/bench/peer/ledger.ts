import { createHmac, randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import type { PgBoss } from "pg-boss";
import { inTransaction, type Query } from "./database.ts";

export const queue = "call";

/** One service's share of a deletion. */
export interface Job {
  readonly deletionId: string;
  readonly subject: string;
  readonly uid: string;
  readonly service: string;
  readonly categories: readonly string[];
  readonly requestId: string;
  /** The fence. */
  readonly to: string;
}

export interface StoredPart {
  readonly category: string;
  readonly service: string;
  readonly state: "due" | "accepted" | "deleted" | "delete_failed";
  readonly closed_at: Date | null;
}

export function createSubject(secret: string): (uid: string) => string {
  const key = Buffer.from(secret, "base64");
  return (uid) => createHmac("sha256", key).update(uid).digest("hex").slice(0, 32);
}

/** The newest part of each category and service. */
export async function readParts(query: Query, subject: string): Promise<StoredPart[]> {
  const { rows } = await query<StoredPart>({
    name: "read-parts",
    text: `select distinct on (category, service) category, service, state, closed_at from parts
            where subject = $1 order by category, service, deletion_id desc`,
    values: [subject],
  });
  return rows;
}

export interface Wish {
  readonly uid: string;
  readonly subject: string;
  readonly requestId: string;
  /** Sorted. */
  readonly categories: readonly string[];
  /** Who holds each category. */
  readonly services: readonly string[];
}

/** Records a deletion with its parts and a job for each service, all in one transaction. */
export async function accept(pool: pg.Pool, boss: PgBoss, wish: Wish): Promise<"ok" | "conflict"> {
  const id = randomUUIDv7();
  const { subject, requestId, categories, services, uid } = wish;
  return await inTransaction(pool, async (query) => {
    const { rows } = await query<{ accepted_at: Date }>({
      name: "accept",
      text: `with request as (
               insert into requests (subject, request_id, categories) values ($2, $3, $4)
               on conflict do nothing returning subject)
             insert into deletions (id, subject, accepted_at, open_parts)
             select $1, subject, date_trunc('milliseconds', clock_timestamp()), $5 from request
             returning accepted_at`,
      values: [id, subject, requestId, categories, categories.length * services.length],
    });
    if (!rows[0]) return await compareRequest(query, wish);
    const to = rows[0].accepted_at.toISOString();
    const made = await query<{ category: string; service: string }>({
      name: "make-parts",
      text: `insert into parts (subject, deletion_id, category, service, state)
             select $1, $2, category, service, 'due'
               from unnest($3::text[]) as category cross join unnest($4::text[]) as service
             on conflict (subject, category, service) where state in ('due', 'accepted') do nothing
             returning category, service`,
      values: [subject, id, categories, services],
    });
    if (made.rows.length < categories.length * services.length) {
      await countParts(query, id, made.rows.length);
    }
    const jobs = Map.groupBy(made.rows, ({ service }) => service);
    if (jobs.size === 0) return "ok";
    await boss.insert(
      queue,
      [...jobs].map(([service, parts]) => {
        const own = parts.map(({ category }) => category);
        const data: Job = { deletionId: id, subject, uid, service, categories: own, requestId, to };
        return { data };
      }),
      { db: { executeSql: (text, values = []) => query({ text, values }) } },
    );
    return "ok";
  });
}

async function compareRequest(query: Query, wish: Wish): Promise<"ok" | "conflict"> {
  const { rows } = await query<{ categories: string[] }>({
    name: "find-request",
    text: "select categories from requests where subject = $1 and request_id = $2",
    values: [wish.subject, wish.requestId],
  });
  return rows[0]?.categories.join() === wish.categories.join() ? "ok" : "conflict";
}

/** Some of the categories are being deleted already. */
async function countParts(query: Query, id: string, count: number): Promise<void> {
  await query({
    name: "count-parts",
    text: `update deletions set open_parts = $2, closed_at = case when $2 = 0 then now() end where id = $1`,
    values: [id, count],
  });
}

export interface Report {
  readonly subject: string;
  readonly category: string;
  readonly service: string;
  readonly state: "deleted" | "delete_failed";
  readonly error: string | null;
}

/** Closes a part and, with the last one, its deletion. Without an open part nothing happens: a repeat. */
export async function record(query: Query, report: Report): Promise<void> {
  await query({
    name: "record",
    text: `with part as (
             update parts set state = $4, closed_at = now(), error = $5
              where subject = $1 and category = $2 and service = $3 and state in ('due', 'accepted')
             returning deletion_id)
           update deletions set open_parts = open_parts - 1,
                                closed_at = case when open_parts = 1 then now() end
             from part where id = part.deletion_id`,
    values: [report.subject, report.category, report.service, report.state, report.error],
  });
}

/** The services took these on; a report may have been faster. */
export async function noteAccepted(query: Query, jobs: readonly Job[]): Promise<void> {
  const rows = jobs.flatMap((job) => job.categories.map((category) => ({ ...job, category })));
  await query({
    name: "note-accepted",
    text: `update parts p set state = 'accepted'
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as a (subject, deletion_id, category, service)
            where p.subject = a.subject and p.deletion_id = a.deletion_id and p.category = a.category
              and p.service = a.service and p.state = 'due'`,
    values: [
      rows.map(({ subject }) => subject),
      rows.map(({ deletionId }) => deletionId),
      rows.map(({ category }) => category),
      rows.map(({ service }) => service),
    ],
  });
}
