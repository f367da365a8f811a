import { TakeoutError } from "../domain/errors.ts";
import type { Sql, Transaction } from "../store/connect.ts";
import { isHeld } from "../store/holds.ts";
import type { FlowContext } from "./context.ts";

/**
 * Refuses a new deletion where an operator holds the user, by any of these uids.
 *
 * @throws TakeoutError `delete_denied`.
 * Source: S3, a debt; contract 10.
 */
export async function refuseHeld(
  { subjects }: FlowContext,
  sql: Sql | Transaction,
  {
    uids,
    categoryIds,
  }: { readonly uids: readonly string[]; readonly categoryIds: readonly string[] },
): Promise<void> {
  const all = [...new Set(uids)].flatMap((uid) => subjects.allOf(uid));
  if (await isHeld(sql, all, categoryIds)) throw new TakeoutError("delete_denied");
}
