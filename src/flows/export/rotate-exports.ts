import {
  firstExportKey,
  type RequestHashes,
  readExportKeys,
  rewriteExportRequests,
  type StoredExportKey,
  storeWrappedKeys,
} from "../../store/exports/rewrap.ts";
import { rewriteUser } from "../../store/rewrite-subject.ts";
import { openSnapshot, rewrapKey, type Snapshot } from "../../store/seal.ts";
import type { FlowContext } from "../context.ts";

/**
 * Brings exports from older secrets to the current one: their keys, and the rows of every user whom a live snapshot
 * names. Idempotent.
 *
 * @param signal - ends it between two batches; the next run begins anew.
 * @throws TakeoutError `unavailable`.
 * Source: contract 9 and 12.
 */
export async function rotateExports(context: FlowContext, signal?: AbortSignal): Promise<number> {
  const old = context.keyring.all.slice(1).map(({ sealKeyId }) => sealKeyId);
  let rewrapped = 0;
  for (let after: string | null = firstExportKey; after !== null && !signal?.aborted; ) {
    const { keys, next } = await readExportKeys(context.store, old, after);
    const rows = keys.flatMap(
      (stored) => attempt(context, stored, () => rewrap(context, stored)) ?? [],
    );
    if (rows.length > 0) rewrapped += await storeWrappedKeys(context.store, rows);
    for (const stored of keys) await rewriteUsers(context, stored);
    after = next;
  }
  return rewrapped;
}

function rewrap({ keyring }: FlowContext, stored: StoredExportKey) {
  const { exportId, sealKeyId: oldKeyId } = stored;
  return { exportId, oldKeyId, ...rewrapKey(keyring, exportId, stored) };
}

async function rewriteUsers(context: FlowContext, stored: StoredExportKey): Promise<void> {
  const { sealed, exportId } = stored;
  if (sealed === null) return;
  const open = () => openSnapshot(context.keyring, exportId, { ...stored, sealed });
  const snapshot = attempt(context, stored, open);
  if (snapshot === null) return;
  const uids = new Set([snapshot.reportUid, ...snapshot.identity.uids.map(({ uid }) => uid)]);
  for (const uid of uids) await rewriteUser(context.store, context.subjects.allOf(uid));
  const requests = [...uids].flatMap((uid) => requestsOf(context, snapshot, uid));
  if (requests.length > 0) await rewriteExportRequests(context.store, requests);
}

/** A request's row bears any of the hashes of its user: those of who asks were perhaps made anew before it. */
function requestsOf(
  { subjects }: FlowContext,
  { requestId }: Snapshot,
  uid: string,
): RequestHashes[] {
  if (requestId === null) return [];
  const hashes = subjects.allOf(uid);
  const keys = subjects.requestKeys(requestId);
  const to = { subject: hashes[0], key: keys[0] };
  return hashes.flatMap((subject) => keys.slice(1).map((key) => ({ from: { subject, key }, to })));
}

/** What no configured secret opens must not keep the others from theirs. */
function attempt<T>(context: FlowContext, { exportId }: StoredExportKey, work: () => T): T | null {
  try {
    return work();
  } catch {
    context.log.error({ export_id: exportId }, "no secret opens the export's key");
    return null;
  }
}
