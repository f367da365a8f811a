import { TakeoutError } from "../../domain/errors.ts";
import { insertHold } from "../../store/holds.ts";
import { newId } from "../../store/ids.ts";
import { lockSubjects } from "../../store/rewrite-subject.ts";
import type { FlowContext } from "../context.ts";
import { type Act, performAct } from "./act.ts";

export interface HoldInput {
  readonly act: Act;
  readonly uid: string;
  /** `null`: all categories. */
  readonly categoryIds: readonly string[] | null;
}

/**
 * Holds a user: new deletions of these categories are refused once this returns. What runs goes on.
 *
 * @throws TakeoutError `category_unknown`, and as `performAct`.
 * Source: S3, a debt; contract 10.
 */
export async function placeHold(
  context: FlowContext,
  { act, uid, categoryIds }: HoldInput,
): Promise<{ readonly holdId: string }> {
  const id = newId(context.clock);
  return await performAct(context, act, async (tx) => {
    const unknown = categoryIds?.find((one) => !context.registry.hasCategory(one));
    if (unknown !== undefined) throw new TakeoutError("category_unknown", { categoryId: unknown });
    const { client, login, reason } = act;
    const subject = context.subjects.of(uid);
    // A deletion that is being accepted does not see this hold: it is answered only after that, or comes before.
    await lockSubjects(tx, context.subjects.allOf(uid));
    await insertHold(tx, { id, subject, categoryIds, client, login, reason });
    return { result: { holdId: id }, target: id };
  });
}
