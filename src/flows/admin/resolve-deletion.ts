import { TakeoutError } from "../../domain/errors.ts";
import { applyEvent } from "../../domain/part.ts";
import { isAnythingLeft } from "../../domain/resolve.ts";
import type { ResolvedState, ShownDeletion } from "../../domain/shown.ts";
import type { Transaction } from "../../store/connect.ts";
import { lockDeletion } from "../../store/deletion.ts";
import {
  deleteProposal,
  findProposal,
  releaseRetained,
  setProposal,
} from "../../store/proposals.ts";
import type { FlowContext } from "../context.ts";
import { moveParts } from "../move-parts.ts";
import { type Act, performAct } from "./act.ts";
import { showDeletion } from "./show-deletions.ts";

export interface ResolveInput {
  readonly act: Act;
  readonly deletionId: string;
  readonly state: ResolvedState;
  /** Only the parts of this service; `null`: of all. */
  readonly service: string | null;
}

/**
 * Ends what is left of a deletion, parts of services that are not configured any more too: one operator proposes
 * it, and it happens when another asks for the same. What a service keeps by law is not tried again then.
 *
 * @throws TakeoutError `not_found`, `already_closed`, and as `performAct`.
 * Source: contract 9 and 10.
 */
export async function resolveDeletion(
  context: FlowContext,
  input: ResolveInput,
): Promise<ShownDeletion> {
  const { act, deletionId } = input;
  return await performAct(context, act, async (tx) => {
    const isDone = await proposeOrConfirm(context, tx, input);
    const result = await showDeletion(context, tx, deletionId);
    return { result, target: deletionId, ...(!isDone && { outcome: "proposed" as const }) };
  });
}

async function proposeOrConfirm(
  context: FlowContext,
  tx: Transaction,
  { act, deletionId, state, service }: ResolveInput,
): Promise<boolean> {
  const deletion = await lockDeletion(tx, deletionId);
  if (!deletion) throw new TakeoutError("not_found");
  const own = deletion.parts.filter((part) => service === null || part.service === service);
  if (!isAnythingLeft(own, service, deletion.snapshot !== null)) {
    throw new TakeoutError("already_closed");
  }
  const { reason, client, login } = act;
  const proposed = await findProposal(tx, deletionId);
  const isSame = proposed?.state === state && proposed.service === service;
  if (!isSame || proposed.login === login) {
    await setProposal(tx, { deletionId, state, service, reason, client, login });
    return false;
  }
  const event = state === "resolved" ? "operator_resolved" : "operator_cancelled";
  const changes = own.flatMap((part) => applyEvent(part, event, deletion.now) ?? []);
  if (changes.length > 0) await moveParts(context, tx, deletion, changes);
  await releaseRetained(tx, deletionId, service, context.rules.deadlineMs);
  await deleteProposal(tx, deletionId);
  return true;
}
