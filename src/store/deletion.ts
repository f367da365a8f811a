import type { Outcome, Part, PartState } from "../domain/part.ts";
import { retryAtOf } from "../domain/retention.ts";
import type { Transaction } from "./connect.ts";
import { openPartsUpToSql } from "./open-states.ts";
import type { SealedSnapshot } from "./seal.ts";

/** A deletion under lock, as the rules see it. Instants in ms of database time. */
export interface LockedDeletion {
  readonly id: string;
  readonly subject: string;
  readonly acceptedAt: number;
  /** What is newer is not touched: the moment of acceptance, or the fence of the deletion that this one retries. */
  readonly fenceAt: number;
  readonly closedAt: number | null;
  /** When the hub is to look at it next; `null`: it is closed. */
  readonly wakeAt: number | null;
  readonly parts: readonly Part[];
  /** Services with an open part in an earlier deletion of the same user. */
  readonly busyElsewhere: ReadonlySet<string>;
  /** Whether the user has an open deletion that was accepted later, which may wait for this one. */
  readonly hasLater: boolean;
  /** Read only where it was asked for. */
  readonly snapshot: SealedSnapshot | null;
  /** How often a worker was lost in the middle of its calls, since something came of one. */
  readonly losses: number;
  /** Read after the lock was taken. */
  readonly now: number;
}

interface DeletionRow {
  id: string;
  subject: string;
  accepted_at: number;
  fence_at: number | null;
  closed_at: number | null;
  wake_at: number | null;
  sealed: Buffer | null;
  wrapped: Buffer | null;
  seal_key_id: string | null;
  losses: number;
  now: number;
}

interface PartRow {
  deletion_id: string;
  category_id: string;
  service: string;
  state: PartState;
  attempt: number;
  failures: number;
  asks: number;
  due_at: number;
  leased_until: number | null;
  parked_at: number | null;
  closed_at: number | null;
  outcome: Outcome | null;
  retained_until: number | null;
  is_to_retry: boolean;
  reason: string | null;
  error_code: string | null;
}

export interface LockOptions {
  /** What others hold is waited for, or left out. */
  readonly held: "wait" | "skip";
  /** Deletions whose snapshots are read too. */
  readonly withSnapshots: readonly string[];
  /** Whether the user's other deletions are looked at: not needed where no service goes after another. */
  readonly withOthers: boolean;
}

/** Locks one deletion and reads it, with everything. */
export async function lockDeletion(sql: Transaction, id: string): Promise<LockedDeletion | null> {
  const options = { held: "wait", withSnapshots: [id], withOthers: true } as const;
  return (await lockDeletions(sql, [id], options)).get(id) ?? null;
}

/**
 * Locks deletions in order of acceptance and reads them, in one round trip. Every change of a part happens under
 * this lock, so what is read stays true until the transaction ends, and the last two parts cannot close without
 * one of them seeing the other.
 *
 * @returns those that are there and, where what is held is skipped, that nobody else is at.
 */
export async function lockDeletions(
  sql: Transaction,
  ids: readonly string[],
  options: LockOptions,
): Promise<Map<string, LockedDeletion>> {
  if (ids.length === 0) return new Map();
  // Statements of their own, sent together: one that has waited for a lock has an older view of the parts.
  const [rows, parts, others] = await Promise.all([
    lockRows(sql, ids, options),
    readParts(sql, ids),
    options.withOthers
      ? readOthers(sql, ids)
      : { busy: new Map<string, Set<string>>(), later: new Set<string>() },
  ]);
  const now = Math.max(...rows.map((row) => row.now));
  const own = Map.groupBy(parts, (row) => row.deletion_id);
  const toDeletion = (row: DeletionRow): LockedDeletion => ({
    id: row.id,
    subject: row.subject,
    acceptedAt: row.accepted_at,
    fenceAt: row.fence_at ?? row.accepted_at,
    closedAt: row.closed_at,
    wakeAt: row.wake_at,
    parts: (own.get(row.id) ?? []).map(toPart).sort(byService),
    busyElsewhere: others.busy.get(row.id) ?? new Set(),
    hasLater: others.later.has(row.id),
    snapshot: toSnapshot(row),
    losses: row.losses,
    now,
  });
  return new Map(rows.map((row) => [row.id, toDeletion(row)]));
}

/** Columns as milliseconds since the epoch, exact to the microsecond, under their own names. Cheaper than `extract`. */
function inMillis(columns: readonly string[]): string {
  return columns
    .map((name) => `round(date_part('epoch', ${name}) * 1000000) / 1000 as ${name}`)
    .join(", ");
}

// Made once: what is put together of pieces each time takes longer to write than to run.
const deletionInstants = inMillis(["accepted_at", "fence_at", "closed_at", "wake_at"]);
const partInstants = inMillis([
  ...["due_at", "leased_until", "parked_at", "closed_at", "retained_until"],
]);

/** The time is read behind each lock, so that the last is after all of them. */
async function lockRows(
  sql: Transaction,
  ids: readonly string[],
  { held, withSnapshots }: LockOptions,
) {
  return await sql<DeletionRow[]>`
    with locked as materialized (
      select * from deletions where id = any(${ids as string[]}::uuid[])
       order by seq for update ${held === "skip" ? sql`skip locked` : sql``}
    )
    select id, subject, losses, ${sql.unsafe(deletionInstants)},
           case when asked.is_asked then sealed end as sealed, case when asked.is_asked then wrapped end as wrapped,
           case when asked.is_asked then seal_key_id end as seal_key_id,
           floor(date_part('epoch', clock_timestamp()) * 1000) as now
      from locked cross join lateral (select id = any(${withSnapshots as string[]}::uuid[])) as asked (is_asked)`;
}

async function readParts(sql: Transaction, ids: readonly string[]) {
  return await sql<PartRow[]>`
    select deletion_id, category_id, service, state, attempt, failures, asks, outcome, reason, error_code,
           retry_at is not null as is_to_retry, ${sql.unsafe(partInstants)}
      from parts where deletion_id = any(${ids as string[]}::uuid[])`;
}

const openEarlier = openPartsUpToSql("own", "<");

/** What the order of services needs to know of the users' other deletions; rows that are locked are probed one by one. */
async function readOthers(sql: Transaction, ids: readonly string[]) {
  const [busy, later] = await Promise.all([
    sql<{ id: string; service: string }[]>`
      select own.id, earlier.service from deletions own
       cross join lateral (
         select distinct p.service from ${sql.unsafe(openEarlier)}) as earlier
       where own.id = any(${ids as string[]}::uuid[])`,
    sql<{ id: string }[]>`
      select d.id from deletions d
       cross join lateral (
         select from deletions l
          where l.subject = d.subject and l.seq > d.seq and l.closed_at is null limit 1) as later
       where d.id = any(${ids as string[]}::uuid[])`,
  ]);
  const services = Map.groupBy(busy, ({ id }) => id);
  return {
    busy: new Map([...services].map(([id, rows]) => [id, new Set(rows.map((row) => row.service))])),
    later: new Set(later.map(({ id }) => id)),
  };
}

function toSnapshot(row: DeletionRow): SealedSnapshot | null {
  const { sealed, wrapped, seal_key_id: sealKeyId } = row;
  return sealed && wrapped && sealKeyId ? { sealed, wrapped, sealKeyId } : null;
}

function toPart(row: PartRow): Part {
  const part = {
    categoryId: row.category_id,
    service: row.service,
    state: row.state,
    attempt: row.attempt,
    failures: row.failures,
    asks: row.asks,
    dueAt: row.due_at,
    leasedUntil: row.leased_until,
    parkedAt: row.parked_at,
    closedAt: row.closed_at,
    outcome: row.outcome,
    retainedUntil: row.retained_until,
    reason: row.reason,
    errorCode: row.error_code,
  };
  return retryAtOf(part) !== null && !row.is_to_retry ? { ...part, isLetGo: true } : part;
}

/** So that what happens to several parts at once is always written in the same order. */
function byService(one: Part, other: Part): number {
  if (one.service !== other.service) return one.service < other.service ? -1 : 1;
  return one.categoryId < other.categoryId ? -1 : 1;
}
