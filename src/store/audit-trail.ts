import type { Sql, Store, Transaction } from "./connect.ts";
import { guarded, transact } from "./transaction.ts";

/** When, in ms of database time: from the first moment to before the last. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** A row of the trail, by its columns; what names a user is none of them. */
export interface TrailRow {
  /** In ms. */
  readonly at: number;
  readonly [column: string]: string | number | null;
}

interface NumberedRow extends TrailRow {
  /** Where it stands in its list. */
  readonly seq: number;
}

const numbered = {
  act: { table: "audit_events", columns: ["client", "login", "act", "target", "reason", "result"] },
  service: { table: "service_events", columns: ["service", "event"] },
  part: {
    table: "events",
    columns: [
      ...["deletion_id", "category_id", "service", "attempt", "event", "from_state", "to_state"],
      ...["source", "error_code"],
    ],
  },
};
/** Lists of what happened, each row with a number that grows. */
export type NumberedTrail = keyof typeof numbered;

const pageSize = 1_000;
const deadlineMs = 10_000;
/** By how much the clock may have been set back: rows are in the order of their numbers, and only nearly in that of time. */
const clockSlackMs = 10 * 60_000;

/** The database's time in ms. @throws TakeoutError `unavailable`. */
export async function readNow({ sql }: Store): Promise<number> {
  const [row] = await guarded(sql<{ now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`);
  return row?.now ?? 0;
}

/**
 * The rows of one list that belong to a period, a page at a time, each found by its key.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function* readTrail(
  store: Store,
  trail: NumberedTrail,
  { from, to }: Period,
): AsyncGenerator<readonly TrailRow[]> {
  for (let after = await findStart(store, trail, from - clockSlackMs); ; ) {
    const rows = await transact(store, (sql) => selectTrail(sql, trail, after), deadlineMs);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.filter(({ at }) => at >= from && at < to).map(({ seq, ...row }) => row);
    if (rows.length < pageSize || last.at >= to + clockSlackMs) return;
    after = last.seq;
  }
}

/** The rows that follow a number, in order. */
export function selectTrail(sql: Sql | Transaction, trail: NumberedTrail, after: number) {
  const { table, columns } = numbered[trail];
  return sql<NumberedRow[]>`
    select seq::float8 as seq, (extract(epoch from at) * 1000)::float8 as at, ${sql(columns)}
      from ${sql(table)} where seq > ${after}::bigint order by seq limit ${pageSize}`;
}

/** Halves the numbers until the rows before are all older: the table of events has no index by time. */
async function findStart(store: Store, trail: NumberedTrail, from: number): Promise<number> {
  const { table } = numbered[trail];
  return await transact(
    store,
    async (sql) => {
      const [ends] = await sql<{ first: number | null; last: number | null }[]>`
        select min(seq)::float8 as first, max(seq)::float8 as last from ${sql(table)}`;
      let [low, high] = [(ends?.first ?? 1) - 1, ends?.last ?? 0];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const [row] = await sql<{ seq: number; at: number }[]>`
          select seq::float8 as seq, (extract(epoch from at) * 1000)::float8 as at from ${sql(table)}
           where seq > ${middle}::bigint order by seq limit 1`;
        if (row && row.at < from) low = row.seq;
        else high = middle;
      }
      return low;
    },
    deadlineMs,
  );
}

/** What reached a threshold of `stuck`: a list in the order of its keys, of which all are looked at. */
export async function* readNotices(
  store: Store,
  { from, to }: Period,
): AsyncGenerator<readonly TrailRow[]> {
  for (let after: NoticeKey = firstNotice; ; ) {
    const rows = await transact(store, (sql) => selectNotices(sql, after), deadlineMs);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.filter(({ at }) => at >= from && at < to);
    if (rows.length < pageSize) return;
    after = last;
  }
}

interface NoticeKey {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly threshold: string;
}

const firstNotice: NoticeKey = {
  deletion_id: "00000000-0000-0000-0000-000000000000",
  category_id: "",
  service: "",
  threshold: "",
};

/** The notices that follow one, by their keys. */
function selectNotices(sql: Sql | Transaction, after: NoticeKey) {
  return sql<(TrailRow & NoticeKey)[]>`
    select (extract(epoch from at) * 1000)::float8 as at, deletion_id, category_id, service, threshold
      from stuck_notices
     where (deletion_id, category_id, service, threshold)
             > (${after.deletion_id}::uuid, ${after.category_id}, ${after.service}, ${after.threshold})
     order by deletion_id, category_id, service, threshold limit ${pageSize}`;
}
