import type { ShownDeletion } from "../../domain/shown.ts";
import { acceptWithin } from "../../store/accept.ts";
import { orRefuse, prepareDeletion } from "../accept-deletion.ts";
import type { FlowContext } from "../context.ts";
import { type Act, performAct } from "./act.ts";
import { showDeletion } from "./show-deletions.ts";

export interface CreateInput {
  readonly act: Act;
  /** Any account, one that the portal does not know too. */
  readonly uid: string;
  readonly categoryIds: readonly string[];
  /** The `X-Request-Id`, for the identity service. */
  readonly requestId: string;
}

/**
 * Accepts a deletion that an operator orders for a user: categories that are open are joined.
 *
 * @returns the deletion that was started, or where all categories were open one of those that run.
 * @throws TakeoutError `category_unknown`, `delete_denied`, `identity_unavailable`, and as `performAct`.
 * Source: S3, a phonish account; contract 10.
 */
export async function createDeletion(
  context: FlowContext,
  { act, uid, categoryIds, requestId }: CreateInput,
): Promise<ShownDeletion> {
  const prepare = () =>
    prepareDeletion(context, {
      uid,
      origin: "admin",
      takeoutRequestId: null,
      categoryIds: [...new Set(categoryIds)].sort(),
      requestId,
    });
  return await performAct(
    context,
    act,
    async (tx, deletion) => {
      const { deletionIds } = orRefuse(await acceptWithin(tx, deletion));
      const joined = deletionIds.toSorted()[0] ?? deletion.id;
      const id = deletionIds.includes(deletion.id) ? deletion.id : joined;
      return { result: await showDeletion(context, tx, id), target: id };
    },
    prepare,
  );
}
