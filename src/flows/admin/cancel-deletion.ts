import { TakeoutError } from "../../domain/errors.ts";
import { applyEvent, isOpen } from "../../domain/part.ts";
import type { ShownDeletion } from "../../domain/shown.ts";
import { mayHaveBegun } from "../../store/admin.ts";
import type { Transaction } from "../../store/connect.ts";
import { lockDeletion } from "../../store/deletion.ts";
import type { FlowContext } from "../context.ts";
import { moveParts } from "../move-parts.ts";
import { type Act, performAct } from "./act.ts";
import { showDeletion } from "./show-deletions.ts";

/**
 * Calls a deletion off before anybody was called for it. One that was called off already stays as it is.
 *
 * @throws TakeoutError `not_found`, `already_started`, `already_closed`, and as `performAct`.
 * Source: contract 10.
 */
export async function cancelDeletion(
  context: FlowContext,
  { act, deletionId }: { readonly act: Act; readonly deletionId: string },
): Promise<ShownDeletion> {
  return await performAct(context, act, async (tx) => {
    await cancel(context, tx, deletionId);
    return { result: await showDeletion(context, tx, deletionId), target: deletionId };
  });
}

/** A call begins with its claim, which gives the part an attempt, unless it is given back. */
async function cancel(context: FlowContext, tx: Transaction, id: string): Promise<void> {
  const deletion = await lockDeletion(tx, id);
  if (!deletion) throw new TakeoutError("not_found");
  const { parts, now } = deletion;
  const isClaimed = parts.some(({ attempt }) => attempt > 0);
  if (isClaimed && (await mayHaveBegun(tx, id))) throw new TakeoutError("already_started");
  if (parts.every(({ state }) => state === "cancelled")) return;
  const open = parts.filter(({ state }) => isOpen(state));
  if (open.length === 0) throw new TakeoutError("already_closed");
  const changes = open.flatMap((part) => applyEvent(part, "operator_cancelled", now) ?? []);
  await moveParts(context, tx, deletion, changes);
}
