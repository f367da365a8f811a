import type { Store } from "../connect.ts";
import type { WrappedKey } from "../seal.ts";
import { guarded } from "../transaction.ts";

/** The key of an export that is still needed, with the snapshot if there is one. */
export interface StoredExportKey extends WrappedKey {
  readonly exportId: string;
  readonly sealed: Buffer | null;
}

const batch = 500;
export const firstExportKey = "00000000-0000-0000-0000-000000000000";

/**
 * Reads the keys of exports that are wrapped by these, a page at a time, by the exports' ids.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function readExportKeys(
  store: Store,
  sealKeyIds: readonly string[],
  after: string,
): Promise<{ readonly keys: readonly StoredExportKey[]; readonly next: string | null }> {
  const keys = await guarded(store.sql<StoredExportKey[]>`
    select id as "exportId", sealed, wrapped, seal_key_id as "sealKeyId" from exports
     where seal_key_id = any(${sealKeyIds as string[]}) and id > ${after} order by id limit ${batch}`);
  const last = keys.at(-1);
  return { keys, next: last && keys.length === batch ? last.exportId : null };
}

/**
 * Stores keys that are wrapped anew. What was destroyed or wrapped anew meanwhile stays so.
 *
 * @returns how many were stored.
 * @throws TakeoutError `unavailable`.
 */
export async function storeWrappedKeys(
  store: Store,
  rows: readonly {
    readonly exportId: string;
    readonly oldKeyId: string;
    readonly sealKeyId: string;
    readonly wrapped: Buffer;
  }[],
): Promise<number> {
  const given = rows.map(({ exportId, oldKeyId, sealKeyId, wrapped }) => ({
    id: exportId,
    old_key_id: oldKeyId,
    key_id: sealKeyId,
    wrapped: wrapped.toString("hex"),
  }));
  const stored = await guarded(store.sql`
    update exports e set wrapped = decode(n.wrapped, 'hex'), seal_key_id = n.key_id
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        as n (id uuid, old_key_id text, key_id text, wrapped text)
     where e.id = n.id and e.seal_key_id = n.old_key_id`);
  return stored.count;
}

/** A request's row as an older secret made it, and as the current one does. */
export interface RequestHashes {
  readonly from: { readonly subject: string; readonly key: string };
  readonly to: { readonly subject: string; readonly key: string };
}

/** Gives recorded requests the hashes of the current secret. @throws TakeoutError `unavailable`. */
export async function rewriteExportRequests(
  store: Store,
  rows: readonly RequestHashes[],
): Promise<void> {
  const given = rows.map(({ from, to }) => ({
    subject: from.subject,
    request_key: from.key,
    to_subject: to.subject,
    to_key: to.key,
  }));
  await guarded(store.sql`
    update export_requests r set subject = g.to_subject, request_key = g.to_key
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        as g (subject uuid, request_key uuid, to_subject uuid, to_key uuid)
     where r.subject = g.subject and r.request_key = g.request_key
       and not exists (select from export_requests o where o.subject = g.to_subject and o.request_key = g.to_key)`);
}
