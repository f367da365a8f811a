import { TakeoutError } from "../domain/errors.ts";
import type { Identity } from "../domain/identity.ts";
import type { Registry } from "../domain/registry.ts";
import type { Acceptance, Accepted, NewDeletion, NewPart } from "../store/accept.ts";
import { newId } from "../store/ids.ts";
import { sealSnapshot } from "../store/seal.ts";
import type { FlowContext } from "./context.ts";
import { refuseHeld } from "./refuse-held.ts";
import { resolveIdentity } from "./resolve-identity.ts";

export interface DeletionInput {
  readonly uid: string;
  /** Who asks: the portal for its user, or an operator for anybody, a phonish too (S3). */
  readonly origin: "portal" | "admin";
  /** The portal's `request_id`: the key of the repeat table. `null`: there is none, and no repeat is known. */
  readonly takeoutRequestId: string | null;
  readonly categoryIds: readonly string[];
  readonly requestId: string;
}

/**
 * Accepts a user's wish to delete categories: when this returns, it is recorded and queued (rule 1).
 * Idempotent by (user, `request_id`): a repeat with the same set starts nothing, even after completion.
 *
 * @returns the deletion that was started and those that were joined; none for a repeat.
 * @throws TakeoutError `category_missing`, `request_id_conflict`, `category_unknown`, `delete_denied`,
 * `identity_unavailable`, or `enqueue_failed`: then the outcome may be open, and a repeat settles it.
 * Source: S3, flow of a deletion; contract 5.
 */
export async function acceptDeletion(
  context: FlowContext,
  input: DeletionInput,
): Promise<{ readonly deletionIds: readonly string[] }> {
  const categoryIds = [...new Set(input.categoryIds)].sort();
  if (categoryIds.length === 0) throw new TakeoutError("category_missing");
  // Nothing else may refuse a repeat. What is not refused below is looked up when it is recorded.
  const mayBeRefused = context.identity !== null || findUnknown(context, categoryIds) !== undefined;
  if (mayBeRefused && (await isRepeat(context, input, categoryIds))) return { deletionIds: [] };
  const deletion = await prepareDeletion(context, { ...input, categoryIds }).catch(orEnqueueFailed);
  const accepted = await accept(context, deletion).catch(orEnqueueFailed);
  if (accepted.kind === "held") throw new TakeoutError("delete_denied");
  if (accepted.kind === "accepted") return accepted;
  refuseOtherSet(accepted.categoryIds, categoryIds);
  return { deletionIds: [] };
}

/** Where the same request is recorded by somebody else at the same time, the second try finds it. */
async function accept(context: FlowContext, deletion: NewDeletion) {
  for (let tries = 0; tries < 3; tries += 1) {
    const accepted = await context.accept(deletion);
    if (accepted.kind !== "raced") return accepted;
  }
  throw new TakeoutError("unavailable", { retryAfterSeconds: 1 });
}

function findUnknown({ registry }: FlowContext, categoryIds: readonly string[]) {
  return categoryIds.find((id) => !registry.hasCategory(id));
}

/**
 * Everything that is to be known before a deletion is accepted: in the order of the contract (section 2), so that
 * nobody is asked for the identity of a user who is held.
 *
 * @param input - its categories sorted, without duplicates.
 * @throws TakeoutError `category_unknown`, `delete_denied`, `identity_unavailable`, `unavailable`.
 */
export async function prepareDeletion(
  context: FlowContext,
  input: DeletionInput,
): Promise<NewDeletion> {
  const { uid, categoryIds } = input;
  const unknown = findUnknown(context, categoryIds);
  if (unknown !== undefined) throw new TakeoutError("category_unknown", { categoryId: unknown });
  if (context.identity) await refuseHeld(context, { uid, categoryIds });
  const identity = await resolveIdentity(context, input);
  return newDeletion(context, input, identity, categoryIds);
}

/** Of a deletion without a `request_id`. @throws TakeoutError `delete_denied`. */
export function orRefuse(acceptance: Acceptance): Accepted {
  if (acceptance.kind === "accepted") return acceptance;
  throw new TakeoutError("delete_denied");
}

/** @throws TakeoutError `request_id_conflict` for another set under the same `request_id`. */
async function isRepeat(
  context: FlowContext,
  input: DeletionInput,
  categoryIds: readonly string[],
): Promise<boolean> {
  const { subjects } = context;
  if (input.takeoutRequestId === null) return false;
  const recorded = await context
    .findRequest(subjects.allOf(input.uid), subjects.requestKeys(input.takeoutRequestId))
    .catch(orEnqueueFailed);
  if (recorded === null) return false;
  refuseOtherSet(recorded, categoryIds);
  return true;
}

function refuseOtherSet(recorded: readonly string[], categoryIds: readonly string[]): void {
  if (JSON.stringify(recorded) === JSON.stringify(categoryIds)) return;
  throw new TakeoutError("request_id_conflict");
}

function newDeletion(
  context: FlowContext,
  input: DeletionInput,
  identity: Identity,
  categoryIds: readonly string[],
): NewDeletion {
  const { registry, subjects } = context;
  const id = newId(context.clock);
  const reportUid = identity.uids[0]?.uid ?? input.uid;
  const snapshot = { reportUid, requestId: input.takeoutRequestId, identity };
  const uids = new Set([input.uid, ...identity.uids.map(({ uid }) => uid)]);
  const otherUids = [...uids].filter((uid) => uid !== reportUid);
  const own = subjects.allOf(reportUid);
  return {
    id,
    subjects: own,
    origin: input.origin,
    request: {
      subjects: input.uid === reportUid ? own : subjects.allOf(input.uid),
      keys: input.takeoutRequestId === null ? null : subjects.requestKeys(input.takeoutRequestId),
    },
    categoryIds,
    parts: partsOf(registry, categoryIds),
    snapshot: sealSnapshot(context.keyring.current, id, snapshot),
    // A hold on one uid of a person is one on all of them.
    heldAs: [...own, ...otherUids.flatMap(subjects.allOf)],
    aliases: otherUids.map(subjects.of),
  };
}

const partsByCategory = new WeakMap<Registry, Map<string, readonly NewPart[]>>();

/** The same array for everybody who asks for one category, so that the store may write it once for all. */
function partsOf(registry: Registry, categoryIds: readonly string[]): readonly NewPart[] {
  const known = partsByCategory.get(registry) ?? new Map<string, readonly NewPart[]>();
  partsByCategory.set(registry, known);
  const ofOne = (categoryId: string) => {
    const parts = known.get(categoryId) ?? listParts(registry, categoryId);
    known.set(categoryId, parts);
    return parts;
  };
  const [first = "", ...others] = categoryIds;
  return others.length === 0 ? ofOne(first) : categoryIds.flatMap(ofOne);
}

function listParts(registry: Registry, categoryId: string): readonly NewPart[] {
  return registry.servicesOf(categoryId).map(({ name, after }) => {
    return { categoryId, service: name, state: after.length > 0 ? "waiting" : "due" };
  });
}

function orEnqueueFailed(error: unknown): never {
  if (!(error instanceof TakeoutError) || error.code !== "unavailable") throw error;
  throw new TakeoutError("enqueue_failed", { retryAfterSeconds: 1, cause: error });
}
