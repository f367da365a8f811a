import { awaitsFiles, type ExportPartState } from "../../domain/export-part.ts";
import type { Sql, Store, Transaction } from "../connect.ts";
import { guarded, transact } from "../transaction.ts";

/** A file as it is stored: where its content lies, and what it is. */
export interface NewExportFile {
  readonly nameHash: string;
  readonly sealedName: Buffer;
  readonly blobKey: string;
  /** Where in the blob it begins. */
  readonly blobFrom: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly crc32: number;
}

export interface StoredExportFile extends Omit<NewExportFile, "nameHash"> {
  readonly seq: number;
  readonly service: string;
  /** In ms. */
  readonly producedAt: number;
}

/** Files that one part may have (contract 8). */
const mostFiles = 10_000;

/** What an upload finds, before its body is read. `key`: of the names. */
export interface UploadTarget {
  readonly state: ExportPartState;
  readonly attempt: number;
  readonly key: { readonly wrapped: Buffer; readonly sealKeyId: string } | null;
}

/** @returns `null`: this service has no part in such an export. @throws TakeoutError `unavailable`. */
export async function findUploadTarget(
  store: Store,
  exportId: string,
  service: string,
): Promise<UploadTarget | null> {
  const [row] = await guarded(store.sql<
    {
      state: ExportPartState;
      attempt: number;
      wrapped: Buffer | null;
      seal_key_id: string | null;
    }[]
  >`
    select p.state, p.attempt, e.wrapped, e.seal_key_id
      from export_parts p join exports e on e.id = p.export_id
     where p.export_id = ${exportId} and p.service = ${service}`);
  if (!row) return null;
  const { state, attempt, wrapped, seal_key_id: sealKeyId } = row;
  return { state, attempt, key: wrapped && sealKeyId ? { wrapped, sealKeyId } : null };
}

/** What became of an upload. `replaced`: the blob that the name led to before. */
export type Uploaded =
  | { readonly kind: "kept"; readonly replaced: string | null }
  | { readonly kind: "closed" }
  | { readonly kind: "too_many" };

/**
 * Gives a name its new content, if the part still takes files: of two at once, the later one stands. Safe to run twice.
 *
 * @param silenceMs - a part that gives files is not called again for so long.
 * @throws TakeoutError `unavailable`; whether it was kept is then not known.
 */
export async function keepUpload(
  store: Store,
  place: { readonly exportId: string; readonly service: string },
  file: NewExportFile,
  silenceMs: number,
): Promise<Uploaded> {
  return await transact(store, async (sql) => {
    const { exportId, service } = place;
    const [part] = await sql<{ state: ExportPartState; attempt: number; files: number }[]>`
      select state, attempt, files from export_parts
       where export_id = ${exportId} and service = ${service} for update`;
    if (!part || !awaitsFiles(part)) return { kind: "closed" };
    const [before] = await sql<{ blob_key: string; bytes: string }[]>`
      select blob_key, bytes from export_files
       where export_id = ${exportId} and service = ${service} and name_hash = ${file.nameHash}`;
    if (before?.blob_key === file.blobKey) return { kind: "kept", replaced: null };
    if (!before && part.files >= mostFiles) return { kind: "too_many" };
    await sql`
      insert into export_files (export_id, service, name_hash, sealed_name, blob_key, blob_from, bytes, sha256, crc32)
      values (${exportId}, ${service}, ${file.nameHash}, ${file.sealedName}, ${file.blobKey}, ${file.blobFrom},
              ${file.bytes}, ${file.sha256}, ${file.crc32})
      on conflict (export_id, service, name_hash) do update
        set blob_key = excluded.blob_key, blob_from = excluded.blob_from, bytes = excluded.bytes,
            sha256 = excluded.sha256, crc32 = excluded.crc32, produced_at = excluded.produced_at`;
    await sql`
      update export_parts set uploaded_at = clock_timestamp(), files = files + ${before ? 0 : 1}, bytes = bytes + ${file.bytes - Number(before?.bytes ?? 0)},
             due_at = case when state = 'accepted'
                           then greatest(due_at, clock_timestamp() + ${silenceMs} * interval '1 ms') else due_at end
       where export_id = ${exportId} and service = ${service}`;
    return { kind: "kept", replaced: before?.blob_key ?? null };
  });
}

/** Waits for uploads that are being kept, and lets no other one in till the transaction ends. */
async function lockPart(sql: Transaction, exportId: string, service: string): Promise<void> {
  // A statement of its own: one that waited for the lock does not see what was kept meanwhile.
  await sql`
    select from export_parts where export_id = ${exportId} and service = ${service} for update`;
}

/**
 * Puts these files in place of all that the part had. In the transaction that closes it.
 *
 * @returns the blobs that nothing leads to any more.
 */
export async function replaceFiles(
  sql: Transaction,
  exportId: string,
  service: string,
  files: readonly NewExportFile[],
): Promise<readonly string[]> {
  await lockPart(sql, exportId, service);
  const gone = await sql<{ blob_key: string }[]>`
    delete from export_files where export_id = ${exportId} and service = ${service} returning blob_key`;
  const rows = files.map((file) => ({
    name_hash: file.nameHash,
    sealed_name: file.sealedName.toString("hex"),
    blob_key: file.blobKey,
    blob_from: file.blobFrom,
    bytes: file.bytes,
    sha256: file.sha256,
    crc32: file.crc32,
  }));
  await sql`
    insert into export_files (export_id, service, name_hash, sealed_name, blob_key, blob_from, bytes, sha256, crc32)
    select ${exportId}::uuid, ${service}, name_hash, decode(sealed_name, 'hex'), blob_key, blob_from, bytes, sha256, crc32
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (name_hash uuid, sealed_name text, blob_key text,
        blob_from bigint, bytes bigint, sha256 text, crc32 bigint)`;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  await sql`
    update export_parts set files = ${files.length}, bytes = ${bytes}
     where export_id = ${exportId} and service = ${service}`;
  const kept = new Set(files.map(({ blobKey }) => blobKey));
  return [...new Set(gone.map(({ blob_key }) => blob_key))].filter((key) => !kept.has(key));
}

/** Which of these files are not there, or there with another digest. In the transaction that closes the part. */
export async function findMissingFiles(
  sql: Transaction,
  exportId: string,
  service: string,
  files: readonly { readonly nameHash: string; readonly sha256: string | null }[],
): Promise<number> {
  await lockPart(sql, exportId, service);
  const rows = files.map(({ nameHash, sha256 }) => ({ name_hash: nameHash, sha256 }));
  const [row] = await sql<{ missing: number }[]>`
    select count(*)::int as missing
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (name_hash uuid, sha256 text)
     where not exists (select from export_files there
                        where there.export_id = ${exportId} and there.service = ${service}
                          and there.name_hash = f.name_hash and there.sha256 = coalesce(f.sha256, there.sha256))`;
  return row?.missing ?? 0;
}

const pageSize = 500;

interface FileRow {
  seq: string;
  service: string;
  sealed_name: Buffer;
  blob_key: string;
  blob_from: string;
  bytes: string;
  sha256: string;
  crc32: string;
  produced_at: number;
}

/**
 * The files of the parts that are exported, by service, a page at a time.
 *
 * @param toDeliver - only those that the portal's storage does not have yet.
 * @throws TakeoutError `unavailable`.
 */
export async function* readExportFiles(
  store: Store,
  exportId: string,
  { toDeliver = false }: { readonly toDeliver?: boolean } = {},
): AsyncGenerator<StoredExportFile> {
  for (let after = { service: "", seq: "0" }; ; ) {
    const rows: FileRow[] = await guarded(selectPage(store.sql, exportId, after, toDeliver));
    for (const row of rows) yield toFile(row);
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = { service: last.service, seq: last.seq };
  }
}

/**
 * Whether every part that is exported has as many files as it was given. Nobody adds any by then, so that a yes after
 * they were read means that all of them were.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function hasAllFiles(store: Store, exportId: string): Promise<boolean> {
  const lacking = await guarded(store.sql`
    select from export_parts p
     where p.export_id = ${exportId} and p.state = 'exported'
       and p.files <> (select count(*) from export_files f
                        where f.export_id = p.export_id and f.service = p.service) limit 1`);
  return lacking.length === 0;
}

/** Remembers that the portal's storage has a file. @throws TakeoutError `unavailable`. */
export async function markDelivered(store: Store, seq: number): Promise<void> {
  await guarded(store.sql`
    update export_files set delivered_at = coalesce(delivered_at, clock_timestamp()) where seq = ${seq}`);
}

function selectPage(
  sql: Sql,
  exportId: string,
  after: { readonly service: string; readonly seq: string },
  toDeliver: boolean,
) {
  return sql<FileRow[]>`
    select f.seq::text as seq, f.service, f.sealed_name, f.blob_key, f.blob_from, f.bytes, f.sha256, f.crc32,
           (extract(epoch from f.produced_at) * 1000)::float8 as produced_at
      from export_files f
      join export_parts p on p.export_id = f.export_id and p.service = f.service and p.state = 'exported'
     where f.export_id = ${exportId} and (f.service, f.seq) > (${after.service}, ${after.seq}::bigint)
       ${toDeliver ? sql`and f.delivered_at is null` : sql``}
     order by f.service, f.seq limit ${pageSize}`;
}

function toFile(row: FileRow): StoredExportFile {
  return {
    seq: Number(row.seq),
    service: row.service,
    sealedName: row.sealed_name,
    blobKey: row.blob_key,
    blobFrom: Number(row.blob_from),
    bytes: Number(row.bytes),
    sha256: row.sha256,
    crc32: Number(row.crc32),
    producedAt: row.produced_at,
  };
}
