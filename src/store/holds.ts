import type { ShownHold } from "../domain/shown.ts";
import type { Sql, Transaction } from "./connect.ts";

export interface NewHold {
  readonly id: string;
  readonly subject: string;
  /** `null`: all categories. */
  readonly categoryIds: readonly string[] | null;
  readonly reason: string;
  readonly client: string;
  readonly login: string;
}

/** Safe to run twice. */
export async function insertHold(sql: Transaction, hold: NewHold): Promise<void> {
  await sql`
    insert into holds (id, subject, category_ids, reason, client, login)
    values (${hold.id}, ${hold.subject}, ${hold.categoryIds as string[] | null}::text[], ${hold.reason},
            ${hold.client}, ${hold.login})
    on conflict (id) do nothing`;
}

/** @returns whether it was there. */
export async function deleteHold(sql: Transaction, id: string): Promise<boolean> {
  const rows = await sql`delete from holds where id = ${id} returning id`;
  return rows.length > 0;
}

/** Whether a hold on any of these users forbids a deletion of any of the categories. */
export async function isHeld(
  sql: Sql | Transaction,
  subjects: readonly string[],
  categoryIds: readonly string[],
): Promise<boolean> {
  const rows = await sql`
    select from holds
     where subject = any(${subjects as string[]}::uuid[])
       and (category_ids is null or category_ids && ${categoryIds as string[]}::text[]) limit 1`;
  return rows.length > 0;
}

/** A page of holds, the newest first. @param subjects - whose; `null`: anybody's. */
export function selectHolds(
  sql: Sql,
  wanted: {
    readonly subjects: readonly string[] | null;
    readonly before: string | null;
    readonly limit: number;
  },
) {
  const { subjects, before, limit } = wanted;
  return sql<ShownHold[]>`
    select id, category_ids as "categoryIds", reason, login,
           (extract(epoch from created_at) * 1000)::float8 as "createdAt"
      from holds
     where true ${subjects === null ? sql`` : sql`and subject = any(${subjects as string[]}::uuid[])`}
       ${before === null ? sql`` : sql`and id < ${before}::uuid`}
     order by id desc limit ${limit}`;
}
