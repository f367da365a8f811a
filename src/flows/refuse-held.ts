import { TakeoutError } from "../domain/errors.ts";
import { isHeld } from "../store/holds.ts";
import { guarded } from "../store/transaction.ts";
import type { FlowContext } from "./context.ts";

/**
 * Refuses a new deletion where an operator holds the user, before anybody is asked who else the user is. Whether
 * a deletion is accepted is decided with what is known then.
 *
 * @throws TakeoutError `delete_denied`, `unavailable`.
 * Source: S3, a debt; contract 10.
 */
export async function refuseHeld(
  { subjects, store }: FlowContext,
  { uid, categoryIds }: { readonly uid: string; readonly categoryIds: readonly string[] },
): Promise<void> {
  if (await guarded(isHeld(store.sql, subjects.allOf(uid), categoryIds))) {
    throw new TakeoutError("delete_denied");
  }
}
