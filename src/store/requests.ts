import { sql } from "drizzle-orm";
import type { Store } from "./connect.ts";
import { requests } from "./schema.ts";
import { guarded } from "./transaction.ts";

/**
 * The categories that a user's request of that id asked for when it was answered ok, sorted; `null` when
 * there was none.
 *
 * @param subjects, requestKeys - under every live secret.
 */
export type FindRequest = (subjects: string[], requestKeys: string[]) => Promise<string[] | null>;

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
