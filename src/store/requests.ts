import type { Store } from "./connect.ts";
import { sql } from "./drizzle.ts";
import { requests } from "./schema.ts";
import { guarded } from "./transaction.ts";

/**
 * The categories that a user's request of that id asked for when it was answered ok, sorted; `null` when
 * there was none.
 *
 * @param subjects, requestKeys - under every live secret.
 */
export type FindRequest = (
  subjects: readonly string[],
  requestKeys: string[],
) => Promise<string[] | null>;

/** Prepared once for a store, because only prepared statements are planned once. */
export function prepareFindRequest(store: Store): FindRequest {
  const statement = store.db
    .select({ categoryIds: requests.categoryIds })
    .from(requests)
    .where(
      sql`${requests.subject} = any(${sql.placeholder("subjects")}::uuid[])
        and ${requests.requestKey} = any(${sql.placeholder("requestKeys")}::uuid[])`,
    )
    .limit(1)
    .prepare("find_request");
  return async (subjects, requestKeys) => {
    const [row] = await guarded(statement.execute({ subjects, requestKeys }));
    return row?.categoryIds ?? null;
  };
}

/** A request's row as an older secret made it, and as the current one does. */
export interface RequestHashes {
  readonly from: { readonly subject: string; readonly key: string };
  readonly to: { readonly subject: string; readonly key: string };
}

/**
 * Gives recorded requests, and what links them to deletions, the hashes of the current secret. Both of a
 * request change at once, so that a repeat finds it whichever secret its process takes for current.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function rewriteRequests(store: Store, rows: readonly RequestHashes[]): Promise<void> {
  const given = rows.map(({ from, to }) => ({
    subject: from.subject,
    request_key: from.key,
    to_subject: to.subject,
    to_key: to.key,
  }));
  await guarded(store.sql`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        as g (subject uuid, request_key uuid, to_subject uuid, to_key uuid)
    ), found as materialized (
      select g.*, r.at from given g cross join lateral (
        select ctid as at from requests r
         where r.subject = g.subject and r.request_key = g.request_key limit 1 for update skip locked) as r
    ), linked as (
      update request_deletions l set request_key = old.to_key
        from found f
       cross join lateral (
         select l.ctid as at, f.to_key from request_deletions l
           left join lateral (select true as is_there from request_deletions o
                               where o.request_key = f.to_key and o.deletion_id = l.deletion_id limit 1) as o on true
          where l.request_key = f.request_key and o.is_there is null offset 0) as old
       where l.ctid = old.at
    )
    update requests r set subject = f.to_subject, request_key = f.to_key from found f
     where r.ctid = f.at
       and not exists (select from requests o
                        where o.subject = f.to_subject and o.request_key = f.to_key)`);
}
