import type { Store } from "./connect.ts";
import type { SealedSnapshot } from "./seal.ts";
import { guarded, transact } from "./transaction.ts";

/** A snapshot that may still be needed, with its deletion. */
export interface StoredSnapshot extends SealedSnapshot {
  readonly deletionId: string;
}

/** Where a page of snapshots ended: the values of its last row, which belong to one list. */
export type SnapshotCursor =
  | { readonly list: "open"; readonly subject: string; readonly seq: string }
  | { readonly list: "closed"; readonly sealedUntil: string; readonly id: string };

export interface SnapshotPage {
  readonly snapshots: readonly StoredSnapshot[];
  /** Where the next page begins; `null`: this was the last. */
  readonly next: SnapshotCursor | null;
}

/** How many snapshots one statement reads or writes at most. */
const snapshotBatch = 500;

/** Where reading begins. */
export const firstSnapshot: SnapshotCursor = {
  list: "open",
  subject: "00000000-0000-0000-0000-000000000000",
  seq: "-1",
};

const firstClosed: SnapshotCursor = {
  list: "closed",
  sealedUntil: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};

interface SnapshotRow extends SealedSnapshot {
  readonly id: string;
  readonly subject: string;
  readonly seq: string;
  readonly sealedUntil: string;
}

/**
 * Reads the snapshots that there are, a page at a time: those of open deletions, then those that outlived
 * theirs. Each list is read along an index of its own, so that no page costs more than its rows.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function readSnapshots(store: Store, after: SnapshotCursor): Promise<SnapshotPage> {
  const { sql } = store;
  const page =
    after.list === "open"
      ? sql`where closed_at is null and (subject, seq) > (${after.subject}::uuid, ${after.seq}::bigint)
            order by subject, seq`
      : sql`where sealed_until is not null and sealed_until >= ${after.sealedUntil}::timestamptz
              and (sealed_until, id) > (${after.sealedUntil}::timestamptz, ${after.id}::uuid)
            order by sealed_until, id`;
  const rows = await guarded(sql<SnapshotRow[]>`
    select id, subject, seq::text as seq, sealed_until::text as "sealedUntil",
           sealed, wrapped, seal_key_id as "sealKeyId"
      from deletions ${page} limit ${snapshotBatch}`);
  return {
    snapshots: rows.filter(({ sealed }) => sealed !== null).map(toStored),
    next: nextCursor(after, rows),
  };
}

function toStored({ id, sealed, wrapped, sealKeyId }: SnapshotRow): StoredSnapshot {
  return { deletionId: id, sealed, wrapped, sealKeyId };
}

function nextCursor(after: SnapshotCursor, rows: readonly SnapshotRow[]): SnapshotCursor | null {
  const last = rows.at(-1);
  if (!last || rows.length < snapshotBatch) return after.list === "open" ? firstClosed : null;
  return after.list === "open"
    ? { list: "open", subject: last.subject, seq: last.seq }
    : { list: "closed", sealedUntil: last.sealedUntil, id: last.id };
}

/**
 * Stores data keys that are wrapped anew. Rows that somebody works on are left for another time, and what was
 * destroyed or wrapped anew meanwhile stays so.
 *
 * @returns how many were stored.
 * @throws TakeoutError `unavailable`.
 */
export async function storeWrapped(
  store: Store,
  rewrapped: readonly { readonly before: StoredSnapshot; readonly after: SealedSnapshot }[],
): Promise<number> {
  const rows = rewrapped.map(({ before, after }) => ({
    id: before.deletionId,
    old_key_id: before.sealKeyId,
    key_id: after.sealKeyId,
    wrapped: after.wrapped.toString("hex"),
  }));
  const ids = rows.map(({ id }) => id);
  return await transact(store, async (sql) => {
    const stored = await sql`
      with free as materialized (
        select id from deletions where id = any(${ids}::uuid[]) for update skip locked
      )
      update deletions d set wrapped = decode(n.wrapped, 'hex'), seal_key_id = n.key_id
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as n (id uuid, old_key_id text, key_id text, wrapped text)
       where d.id = any(array(select id from free)) and d.id = n.id and d.seal_key_id = n.old_key_id`;
    return stored.count;
  });
}
