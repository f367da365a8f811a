import type { Store, Transaction } from "../connect.ts";
import { guarded } from "../transaction.ts";

export interface NewArchive {
  readonly id: string;
  readonly blobKey: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How long an archive that was replaced stays: as long as links to it work, and a download that began then. */
const replacedKeptFor = "6 hours";

/** Makes an archive the one that links lead to. In the transaction that records the build. */
export async function replaceArchive(
  sql: Transaction,
  exportId: string,
  archive: NewArchive,
  keepMs: number,
): Promise<void> {
  await sql`
    with replaced as (
      update export_archives set remove_at = clock_timestamp() + ${replacedKeptFor}::interval
       where export_id = ${exportId} and remove_at is null and id <> ${archive.id}
    ), made as (
      insert into export_archives (id, export_id, blob_key, bytes, sha256)
      values (${archive.id}, ${exportId}, ${archive.blobKey}, ${archive.bytes}, ${archive.sha256})
      on conflict (id) do nothing
    )
    update exports set archive_id = ${archive.id}, is_expired = false,
                       expires_at = date_trunc('milliseconds', clock_timestamp()) + ${keepMs} * interval '1 ms'
     where id = ${exportId}`;
}

export interface LinkedArchive {
  readonly blobKey: string;
  readonly bytes: number;
  readonly sha256: string;
  /** When the export was asked for, in ms. */
  readonly createdAt: number;
}

/** @returns `null`: it is gone. @throws TakeoutError `unavailable`. */
export async function findArchive(store: Store, id: string): Promise<LinkedArchive | null> {
  const [row] = await guarded(store.sql<
    { blob_key: string; bytes: string; sha256: string; created_at: number }[]
  >`
    select a.blob_key, a.bytes, a.sha256, (extract(epoch from e.created_at) * 1000)::float8 as created_at
      from export_archives a join exports e on e.id = a.export_id
     where a.id = ${id} and (a.remove_at is null or a.remove_at > clock_timestamp())`);
  if (!row) return null;
  const { blob_key: blobKey, sha256, created_at: createdAt } = row;
  return { blobKey, bytes: Number(row.bytes), sha256, createdAt };
}
