import type { Sql, Store, Transaction } from "./connect.ts";
import { type DerivedKeys, type Keyring, subjectRange } from "./keys.ts";
import { guarded } from "./transaction.ts";

/** What bears one secret: rows by a user's hash, and snapshots that are still needed. */
export interface KeyUse {
  /** Names the secret and says nothing about it; `null`: one that is not configured. */
  readonly keyId: string | null;
  /** By table; counted up to `countedAtMost`, and left out where there are none. */
  readonly rows: Readonly<Record<string, number>>;
  readonly snapshots: number;
}

/** How far is counted: beyond it, it only matters that there are many. */
export const countedAtMost = 10_000;

/** Of holds that none of the secrets knows the users of: who is held by law would be deleted. */
export function describeLostHolds(count: number): string {
  return `TAKEOUT_SECRET_OLD: lacks the secret by which users were held, so that they are no more: holds ${count}`;
}

const tables = [
  ...["requests", "deletion_categories", "deletion_aliases", "parts", "own_states", "reports"],
  ...["holds", "exports", "export_subjects", "export_requests"],
] as const;
const lowest = "00000000-0000-0000-0000-000000000000";
const highest = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const deadlineMs = 60_000;

/**
 * Looks for what each of the secrets is still needed for, and for what none of them is good for.
 *
 * @returns one for each secret, the current one first, then one for all that are not configured.
 * @throws TakeoutError `unavailable`.
 */
export async function readKeyUse(store: Store, { all }: Keyring): Promise<KeyUse[]> {
  const reading = store.sql.begin(async (sql) => {
    await sql`set local statement_timeout = ${sql.unsafe(`${deadlineMs}`)}`;
    const snapshots = await countSnapshots(sql);
    const uses: KeyUse[] = [];
    for (const { sealKeyId, ...keys } of all) {
      const rows = await countRows(sql, [rangeOf({ sealKeyId, ...keys })]);
      uses.push({ keyId: sealKeyId, rows, snapshots: snapshots.get(sealKeyId) ?? 0 });
      snapshots.delete(sealKeyId);
    }
    const unknown = [...snapshots.values()].reduce((sum, count) => sum + count, 0);
    return [...uses, { keyId: null, rows: await countRows(sql, gaps(all)), snapshots: unknown }];
  });
  return await guarded(reading, deadlineMs);
}

/** Open deletions, those whose snapshot outlived them, and exports: each by an index of its own. */
async function countSnapshots(sql: Transaction): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; count: number }[]>`
    select id, sum(count)::int as count from (
      select seal_key_id as id, count(*) as count from deletions
       where (closed_at is null or sealed_until is not null) and seal_key_id is not null group by 1
      union all
      select seal_key_id, count(*) from exports where seal_key_id is not null group by 1) as counted
     group by 1`;
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** Subjects from the first, with it, to the last, with it. */
type Range = readonly [first: string, last: string];

/**
 * How many holds hold nothing, because none of the secrets knows whom; counted up to `countedAtMost`.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function countLostHolds({ sql }: Store, { all }: Keyring): Promise<number> {
  const { holds = 0 } = await guarded(countRows(sql, gaps(all), ["holds"]));
  return holds;
}

async function countRows(
  sql: Sql | Transaction,
  ranges: readonly Range[],
  among: readonly string[] = tables,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of among) {
    for (const [first, last] of ranges) {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from (
          select from ${sql(table)} where subject between ${first}::uuid and ${last}::uuid
           limit ${countedAtMost + 1}) as found`;
      if (row && row.count > 0) counts[table] = (counts[table] ?? 0) + row.count;
    }
  }
  return counts;
}

function rangeOf(keys: DerivedKeys): Range {
  const { from, to } = subjectRange(keys);
  return [from, to];
}

/** What lies between the secrets' ranges. */
function gaps(all: readonly DerivedKeys[]): Range[] {
  const ranges = all.map(rangeOf).sort(([a], [b]) => (a < b ? -1 : 1));
  const starts = [lowest, ...ranges.map(([, last]) => neighbour(last, 1n))];
  const ends = [...ranges.map(([first]) => neighbour(first, -1n)), highest];
  return starts.flatMap((start, at) => {
    const end = ends[at];
    return start !== null && end && start <= end ? [[start, end] as const] : [];
  });
}

/** The uuid that comes next, or before; `null` beyond the last. */
function neighbour(uuid: string, step: bigint): string | null {
  const next = BigInt(`0x${uuid.replaceAll("-", "")}`) + step;
  if (next < 0n || next >= 1n << 128n) return null;
  const hex = next.toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
