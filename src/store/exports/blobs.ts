import type { Store } from "../connect.ts";
import { guarded } from "../transaction.ts";

/** Which of these blobs no file and no archive leads to. @throws TakeoutError `unavailable`. */
export async function findUnreferenced(store: Store, keys: readonly string[]): Promise<string[]> {
  const rows = await guarded(store.sql<{ key: string }[]>`
    select asked.key from unnest(${keys as string[]}::text[]) as asked (key)
     cross join lateral (select (select true from export_files f where f.blob_key = asked.key limit 1) as is_file,
                                (select true from export_archives a where a.blob_key = asked.key limit 1) as is_archive) as found
     where is_file is null and is_archive is null`);
  return rows.map(({ key }) => key);
}
