import { rewriteRequests } from "../store/requests.ts";
import {
  firstSnapshot,
  readSnapshots,
  type SnapshotCursor,
  type StoredSnapshot,
  storeWrapped,
} from "../store/rewrap.ts";
import { findBearers, rewriteUser } from "../store/rewrite-subject.ts";
import { openSnapshot, rewrapSnapshot, type Snapshot } from "../store/seal.ts";
import type { FlowContext } from "./context.ts";
import { rotateExports } from "./export/rotate-exports.ts";

/**
 * Brings what can be brought from older secrets to the current one: every live snapshot's data key, and the
 * rows of every user whom a live snapshot names. Others are rewritten when they are next seen. Idempotent,
 * and harmless beside anything else, itself included; does nothing while one secret is all there is.
 *
 * @param signal - ends it between two batches; the next run begins anew.
 * @throws TakeoutError `unavailable`.
 * Source: contract 9 and 12.
 */
export async function rotateSecret(context: FlowContext, signal?: AbortSignal): Promise<void> {
  if (context.keyring.all.length === 1) return;
  let rewrapped = 0;
  for (let at: SnapshotCursor | null = firstSnapshot; at !== null && !signal?.aborted; ) {
    const { snapshots, next } = await readSnapshots(context.store, at);
    rewrapped += await rewrap(context, snapshots);
    await rewriteUsers(context, snapshots);
    at = next;
  }
  rewrapped += await rotateExports(context, signal);
  if (rewrapped > 0) context.log.info({ count: rewrapped }, "snapshots wrapped by the new secret");
}

async function rewrap(context: FlowContext, stored: readonly StoredSnapshot[]): Promise<number> {
  const { keyring, store } = context;
  const old = new Set(keyring.all.slice(1).map(({ sealKeyId }) => sealKeyId));
  const rows = stored
    .filter(({ sealKeyId }) => old.has(sealKeyId))
    .flatMap((before) => {
      const after = attempt(context, before, () =>
        rewrapSnapshot(keyring, before.deletionId, before),
      );
      return after ? [{ before, after }] : [];
    });
  return rows.length > 0 ? await storeWrapped(store, rows) : 0;
}

async function rewriteUsers(
  context: FlowContext,
  stored: readonly StoredSnapshot[],
): Promise<void> {
  const { store, subjects } = context;
  const snapshots = stored.flatMap((row) => {
    const open = () => openSnapshot(context.keyring, row.deletionId, row);
    return attempt(context, row, open) ?? [];
  });
  const uids = new Set(snapshots.flatMap(uidsOf));
  const hashes = [...uids].map((uid) => subjects.allOf(uid));
  const bearers = await findBearers(
    store.sql,
    hashes.flatMap(([, ...old]) => old),
  );
  for (const own of hashes) {
    if (own.some((hash) => bearers.has(hash))) await rewriteUser(store, own);
  }
  const requests = snapshots.flatMap((snapshot) => requestsOf(context, snapshot));
  if (requests.length > 0) await rewriteRequests(store, requests);
}

function uidsOf({ reportUid, identity }: Snapshot): string[] {
  return [reportUid, ...identity.uids.map(({ uid }) => uid)];
}

/** The request may be recorded for any uid of the person: for the one by which the portal asked. */
function requestsOf({ subjects }: FlowContext, snapshot: Snapshot) {
  if (snapshot.requestId === null) return [];
  const keys = subjects.requestKeys(snapshot.requestId);
  return [...new Set(uidsOf(snapshot))].flatMap((uid) => {
    const hashes = subjects.allOf(uid);
    const to = { subject: hashes[0], key: keys[0] };
    return hashes.slice(1).map((subject, at) => ({
      from: { subject, key: keys[at + 1] as string },
      to,
    }));
  });
}

/** A snapshot that no configured secret opens must not keep the others from theirs. */
function attempt<T>(context: FlowContext, row: StoredSnapshot, work: () => T): T | null {
  try {
    return work();
  } catch {
    context.log.error({ deletion_id: row.deletionId }, "no secret opens the deletion's snapshot");
    return null;
  }
}
