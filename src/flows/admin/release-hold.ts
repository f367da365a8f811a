import { TakeoutError } from "../../domain/errors.ts";
import { deleteHold } from "../../store/holds.ts";
import type { FlowContext } from "../context.ts";
import { type Act, performAct } from "./act.ts";

/** Releases a hold. @throws TakeoutError `not_found`, and as `performAct`. Source: contract 10. */
export async function releaseHold(
  context: FlowContext,
  { act, holdId }: { readonly act: Act; readonly holdId: string },
): Promise<void> {
  await performAct(context, act, async (tx) => {
    if (!(await deleteHold(tx, holdId))) throw new TakeoutError("not_found");
    return { result: null, target: holdId };
  });
}
