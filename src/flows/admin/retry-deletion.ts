import { planRetry } from "../../domain/retry.ts";
import type { ShownDeletion } from "../../domain/shown.ts";
import { newId as makeId } from "../../store/ids.ts";
import type { FlowContext } from "../context.ts";
import { retryParts } from "../retry-parts.ts";
import { type Act, performAct } from "./act.ts";
import { showDeletion } from "./show-deletions.ts";

/**
 * Has the parts of a deletion that failed tried again by a new one, with the fence of the old.
 *
 * @throws TakeoutError `not_found`, `nothing_to_retry`, `snapshot_gone`, `category_open`, `delete_denied`, and as
 * `performAct`.
 * Source: contract 7 and 10.
 */
export async function retryDeletion(
  context: FlowContext,
  { act, deletionId }: { readonly act: Act; readonly deletionId: string },
): Promise<ShownDeletion> {
  const newId = makeId(context.clock);
  const { registry } = context;
  return await performAct(context, act, async (tx) => {
    await retryParts(context, tx, {
      deletionId,
      newId,
      origin: "admin",
      choose: (parts, newerOf) =>
        planRetry(
          parts,
          (part) => newerOf(part) !== null || !registry.holds(part.service, part.categoryId),
        ),
    });
    return { result: await showDeletion(context, tx, newId), target: newId };
  });
}
