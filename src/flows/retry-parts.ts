import { TakeoutError } from "../domain/errors.ts";
import type { Part } from "../domain/part.ts";
import type { Origin } from "../domain/shown.ts";
import { acceptWithin, type NewDeletion } from "../store/accept.ts";
import type { Transaction } from "../store/connect.ts";
import { type LockedDeletion, lockDeletion } from "../store/deletion.ts";
import {
  destroyUnneeded,
  findOpenCategories,
  findOvertaken,
  isDeletion,
  readSnapshot,
  setRetryAt,
} from "../store/retries.ts";
import { lockSubjects, rewriteSubject } from "../store/rewrite-subject.ts";
import { openSnapshot, type Snapshot, sealSnapshot } from "../store/seal.ts";
import { orRefuse } from "./accept-deletion.ts";
import type { FlowContext } from "./context.ts";

export interface RetryInput {
  readonly deletionId: string;
  /** The id of the deletion that this makes: chosen before, so that it is safe to run twice. */
  readonly newId: string;
  readonly origin: Origin;
  /**
   * Which parts are to be tried again.
   *
   * @param newerOf - what became of it in a newer deletion, which may be called off while it is open; `null`: there is none.
   */
  readonly choose: (
    parts: readonly Part[],
    newerOf: (part: Part) => "open" | "over" | null,
  ) => Promise<readonly Part[]> | readonly Part[];
}

/**
 * Starts a new deletion of some parts of another, with the fence of that one, whose snapshot it takes over.
 * Under the user's lock, so that no wish of his comes between.
 *
 * @throws TakeoutError `not_found`, `nothing_to_retry`, `snapshot_gone`, `category_open`, `delete_denied`.
 * Source: contract 7 and 9.
 */
export async function retryParts(
  context: FlowContext,
  tx: Transaction,
  input: RetryInput,
): Promise<void> {
  if (await isDeletion(tx, input.newId)) return;
  const stored = await readSnapshot(tx, input.deletionId);
  if (!stored) throw new TakeoutError("not_found");
  const snapshot =
    stored.snapshot && openSnapshot(context.keyring, input.deletionId, stored.snapshot);
  if (snapshot) await lockUser(context, tx, snapshot);
  const deletion = await lockDeletion(tx, input.deletionId);
  const parts = deletion ? await chooseParts(tx, deletion, input) : [];
  if (!deletion || parts.length === 0) throw new TakeoutError("nothing_to_retry");
  // What was taken over while the lock was waited for is past retrying, and is none of the parts.
  if (!snapshot || !deletion.snapshot) throw new TakeoutError("snapshot_gone");
  await accept(context, tx, input, { deletion, snapshot, parts });
  await setRetryAt(tx, deletion.id, parts, null);
  await destroyUnneeded(tx, deletion.id, parts);
}

/** All that the acceptance will lock, and before the deletion: nobody may wait for a lock of one who waits for his. */
async function lockUser(context: FlowContext, tx: Transaction, snapshot: Snapshot): Promise<void> {
  await lockSubjects(tx, heldAs(context, snapshot));
  await rewriteSubject(tx, context.subjects.allOf(snapshot.reportUid));
}

function heldAs({ subjects }: FlowContext, snapshot: Snapshot): readonly string[] {
  return [snapshot.reportUid, ...aliasesOf(snapshot)].flatMap(subjects.allOf);
}

function aliasesOf({ reportUid, identity }: Snapshot): readonly string[] {
  return [...new Set(identity.uids.map(({ uid }) => uid))].filter((uid) => uid !== reportUid);
}

async function chooseParts(
  tx: Transaction,
  deletion: LockedDeletion,
  { choose }: RetryInput,
): Promise<readonly Part[]> {
  const overtaken = await findOvertaken(tx, deletion.id);
  const newerOf = (part: Part) => {
    const newer = overtaken.find(
      ({ service, categoryId }) => service === part.service && categoryId === part.categoryId,
    );
    if (!newer) return null;
    return newer.isOver ? "over" : "open";
  };
  return await choose(deletion.parts, newerOf);
}

async function accept(
  context: FlowContext,
  tx: Transaction,
  input: RetryInput,
  of: { deletion: LockedDeletion; snapshot: Snapshot; parts: readonly Part[] },
): Promise<void> {
  const { deletion, snapshot, parts } = of;
  const categoryIds = [...new Set(parts.map(({ categoryId }) => categoryId))].sort();
  const subjects = context.subjects.allOf(snapshot.reportUid);
  const [open] = await findOpenCategories(tx, subjects, categoryIds);
  if (open !== undefined) throw new TakeoutError("category_open", { categoryId: open });
  const retry = newDeletion(context, input, { deletion, snapshot, parts, categoryIds });
  orRefuse(await acceptWithin(tx, retry));
}

function newDeletion(
  context: FlowContext,
  { newId: id, origin }: RetryInput,
  of: {
    deletion: LockedDeletion;
    snapshot: Snapshot;
    parts: readonly Part[];
    categoryIds: readonly string[];
  },
): NewDeletion {
  const { subjects, registry, keyring } = context;
  const { deletion, snapshot, parts, categoryIds } = of;
  const own = subjects.allOf(snapshot.reportUid);
  return {
    id,
    subjects: own,
    origin,
    retry: { of: deletion.id, fenceAt: deletion.fenceAt },
    request: { subjects: own, keys: null },
    categoryIds,
    parts: parts.map(({ categoryId, service }) => {
      const isLater = (registry.findService(service)?.after.length ?? 0) > 0;
      return { categoryId, service, state: isLater ? "waiting" : "due" };
    }),
    snapshot: sealSnapshot(keyring.current, id, snapshot),
    heldAs: heldAs(context, snapshot),
    aliases: aliasesOf(snapshot).map(subjects.of),
  };
}
