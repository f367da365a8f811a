import type { CategoryClosing, DeletionClosing } from "../domain/advance.ts";
import { type Part, type PartChange, partEvents, partKey, withChanges } from "../domain/part.ts";
import { retryAtOf } from "../domain/retention.ts";
import { addDriveJobs } from "../queue/enqueue.ts";
import { asTable } from "./columns.ts";
import type { Transaction } from "./connect.ts";
import type { LockedDeletion } from "./deletion.ts";
import { proofColumns, type Reported, toProof } from "./reports.ts";

/** What a flow decided for a locked deletion. */
export interface DeletionWrite {
  readonly changes: readonly PartChange[];
  /** Who holds the leases that are written. */
  readonly leasedBy: string | null;
  /** When it needs the hub next, in ms; `null`: it is closed. */
  readonly wakeAt: number | null;
  /** When the queue should run its drive, in ms; `null`: nothing new is to be done. */
  readonly jobAt: number | null;
  readonly categories: readonly CategoryClosing[];
  readonly closing: DeletionClosing | null;
  /** Whether other deletions of the user may have waited for what closed. */
  readonly wakesLater: boolean;
  /** The report that this came of, to be kept with the event of its part. */
  readonly report?: Reported;
  /** So many losses are forgiven; by default all, where anything has come of its calls. */
  readonly forgives?: number;
}

/** What was written for one deletion, in order, on top of what was read. */
export interface WrittenDeletion {
  readonly read: LockedDeletion;
  readonly writes: readonly DeletionWrite[];
}

/** A deletion as it stands when this has been written. */
export function afterWrite(deletion: LockedDeletion, write: DeletionWrite): LockedDeletion {
  return {
    ...deletion,
    parts: withChanges(deletion.parts, write.changes),
    closedAt: deletion.closedAt ?? write.closing?.closedAt ?? null,
    wakeAt: write.wakeAt,
    snapshot: isSpent(write) ? null : deletion.snapshot,
    losses: lossesAfter(deletion.losses, write),
  };
}

/** Stores what happened to one locked deletion: the same as of many. */
export async function writeDeletion(
  sql: Transaction,
  read: LockedDeletion,
  write: DeletionWrite,
): Promise<void> {
  await writeDeletions(sql, [{ read, writes: [write] }]);
}

/**
 * Stores changes of locked deletions, their events, closings, next wake-ups and jobs, sent together. What did not
 * change is not written. The wake-up time and the job are always written together.
 */
export async function writeDeletions(
  sql: Transaction,
  written: readonly WrittenDeletion[],
): Promise<void> {
  const ids = written.map(({ read }) => read.id);
  const statements: [rows: readonly unknown[], write: () => PromiseLike<unknown>][] = [];
  const add = <Row>(rows: readonly Row[], write: (rows: readonly Row[]) => PromiseLike<unknown>) =>
    statements.push([rows, () => write(rows)]);
  add(written.flatMap(toPartRows), (rows) => updateParts(sql, rows));
  add(written.flatMap(toEventRows), (rows) => insertEvents(sql, rows));
  add(written.flatMap(toCategoryRows).sort(byKey), (rows) => closeCategories(sql, ids, rows));
  add(written.flatMap(toDeletionRows), (rows) => updateDeletions(sql, ids, rows));
  add(written.flatMap(toJobRows), (rows) => addJobs(sql, rows));
  await Promise.all(statements.flatMap(([rows, write]) => (rows.length > 0 ? [write()] : [])));
}

const partColumns = {
  ...{ deletion_id: "uuid", category_id: "text", service: "text", state: "text" },
  ...{ attempt: "int", failures: "int", asks: "int", due_at: "float8", leased_until: "float8" },
  ...{ leased_by: "text", parked_at: "float8", closed_at: "float8", outcome: "text" },
  ...{ retained_until: "float8", retry_at: "float8", reason: "text", error_code: "text" },
};

/** Each probed for by its whole key: joined, all parts of the deletions would be read and sorted for the few that changed. */
async function updateParts(sql: Transaction, rows: readonly PartRow[]) {
  await sql`
    update parts set
      state = given.state, attempt = given.attempt, failures = given.failures, asks = given.asks,
      due_at = to_timestamp(given.due_at / 1000), leased_until = to_timestamp(given.leased_until / 1000),
      leased_by = given.leased_by, parked_at = to_timestamp(given.parked_at / 1000), closed_at = to_timestamp(given.closed_at / 1000),
      outcome = given.outcome, retained_until = to_timestamp(given.retained_until / 1000),
      retry_at = to_timestamp(given.retry_at / 1000), reason = given.reason, error_code = given.error_code
      from ${asTable(sql, partColumns, rows)}
     where parts.deletion_id = any(array[given.deletion_id])
       and parts.category_id = any(array[given.category_id]) and parts.service = any(array[given.service])`;
}

const eventColumns = {
  ...{ deletion_id: "uuid", category_id: "text", service: "text", attempt: "int", event: "text" },
  ...{ from_state: "text", to_state: "text", source: "text", error_code: "text" },
  ...proofColumns,
};

async function insertEvents(sql: Transaction, rows: readonly EventRow[]) {
  await sql`
    insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source, error_code,
                        kid, body_hash, completed_at)
    select deletion_id, category_id, service, attempt, event, from_state, to_state, source, error_code,
           kid, body_hash, to_timestamp(completed_at / 1000)
      from ${asTable(sql, eventColumns, rows)}`;
}

const categoryColumns = {
  ...{ deletion_id: "uuid", category_id: "text", closed_at: "float8", deleted_at: "float8" },
};

/** Locked first, in the order in which acceptances lock them: nobody waits for a row while another waits for his. */
async function closeCategories(
  sql: Transaction,
  ids: readonly string[],
  rows: readonly CategoryRow[],
) {
  const categories = rows.map((row) => row.category_id);
  await sql`
    with locked as materialized (
      select deletion_id, category_id from deletion_categories
       where deletion_id = any(${ids as string[]}::uuid[]) and category_id = any(${categories}::text[])
       order by subject, category_id for update
    )
    update deletion_categories d set
      closed_at = coalesce(d.closed_at, to_timestamp(given.closed_at / 1000)),
      deleted_at = coalesce(d.deleted_at, to_timestamp(given.deleted_at / 1000))
      from ${asTable(sql, categoryColumns, rows)} join locked using (deletion_id, category_id)
     where d.deletion_id = any(${ids as string[]}::uuid[]) and d.deletion_id = given.deletion_id
       and d.category_id = given.category_id`;
}

const deletionColumns = {
  ...{ id: "uuid", wake_at: "float8", losses: "int", closed_at: "float8", closed_as: "text" },
  ...{ sealed_until: "float8", is_spent: "int" },
};

async function updateDeletions(
  sql: Transaction,
  ids: readonly string[],
  rows: readonly DeletionRow[],
) {
  await sql`
    update deletions d set
      wake_at = to_timestamp(given.wake_at / 1000), losses = given.losses,
      closed_at = coalesce(d.closed_at, to_timestamp(given.closed_at / 1000)),
      closed_as = coalesce(given.closed_as, d.closed_as),
      sealed_until = case when given.closed_as is null then d.sealed_until else to_timestamp(given.sealed_until / 1000) end,
      sealed = case when given.is_spent = 0 then d.sealed end,
      wrapped = case when given.is_spent = 0 then d.wrapped end,
      seal_key_id = case when given.is_spent = 0 then d.seal_key_id end
      from ${asTable(sql, deletionColumns, rows)}
     where d.id = any(${ids as string[]}::uuid[]) and d.id = given.id`;
}

const jobColumns = { id: "uuid", run_at: "float8" };

async function addJobs(sql: Transaction, rows: readonly JobRow[]) {
  await addDriveJobs(
    sql,
    sql`select id::text as id, to_timestamp(given.run_at / 1000) as run_at from ${asTable(sql, jobColumns, rows)}`,
  );
}

type PartRow = ReturnType<typeof toPartRow>;
type EventRow = ReturnType<typeof toEventRow>;
type CategoryRow = ReturnType<typeof toCategoryRow>;
type DeletionRow = ReturnType<typeof toDeletionRows>[number];
type JobRow = ReturnType<typeof toJobRows>[number];

/** The last change of a part is what it is then. */
function toPartRows({ read, writes }: WrittenDeletion) {
  const final = new Map<string, PartRow>();
  for (const { changes, leasedBy } of writes) {
    for (const { part } of changes) final.set(partKey(part), toPartRow(read.id, part, leasedBy));
  }
  return [...final.values()];
}

function toPartRow(deletionId: string, part: Part, leasedBy: string | null) {
  return {
    deletion_id: deletionId,
    category_id: part.categoryId,
    service: part.service,
    state: part.state,
    attempt: part.attempt,
    failures: part.failures,
    asks: part.asks,
    due_at: part.dueAt,
    leased_until: part.leasedUntil,
    leased_by: part.leasedUntil === null ? null : leasedBy,
    parked_at: part.parkedAt,
    closed_at: part.closedAt,
    outcome: part.outcome,
    retained_until: part.retainedUntil,
    retry_at: retryAtOf(part),
    reason: part.reason,
    error_code: part.errorCode,
  };
}

function toEventRows({ read, writes }: WrittenDeletion) {
  return writes.flatMap(({ changes, report = null }) =>
    changes.flatMap((change) => (change.event ? [toEventRow(read.id, change, report)] : [])),
  );
}

/** @param report - what else it leads to, such as the failure of who waits for the part, is not its own doing. */
function toEventRow(
  deletionId: string,
  { event, from, part }: PartChange,
  report: Reported | null,
) {
  const source = event && partEvents[event];
  return {
    deletion_id: deletionId,
    category_id: part.categoryId,
    service: part.service,
    attempt: part.attempt,
    event,
    from_state: from,
    to_state: part.state,
    source,
    error_code: part.errorCode,
    ...toProof(source === "report" ? report : null),
  };
}

/** What was written first stays. */
function toCategoryRows({ read, writes }: WrittenDeletion) {
  const closings = Map.groupBy(
    writes.flatMap((write) => write.categories),
    ({ categoryId }) => categoryId,
  );
  return [...closings.values()].map((own) => toCategoryRow(read, own));
}

function toCategoryRow({ id, subject }: LockedDeletion, closings: readonly CategoryClosing[]) {
  return {
    deletion_id: id,
    subject,
    category_id: closings[0]?.categoryId ?? "",
    closed_at: closings[0]?.closedAt ?? null,
    deleted_at: closings.find(({ deletedAt }) => deletedAt !== null)?.deletedAt ?? null,
  };
}

function toDeletionRows({ read, writes }: WrittenDeletion) {
  const { wakeAt } = writes.at(-1) ?? read;
  const losses = writes.reduce(lossesAfter, read.losses);
  const closings = writes.flatMap(({ closing }) => closing ?? []);
  const isSame = wakeAt === read.wakeAt && losses === read.losses;
  if (isSame && closings.length === 0 && toJobRows({ read, writes }).length === 0) return [];
  return [
    {
      id: read.id,
      ...{ wake_at: wakeAt, losses },
      closed_at: closings[0]?.closedAt ?? null,
      closed_as: closings.at(-1)?.closedAs ?? null,
      sealed_until: closings.at(-1)?.sealedUntil ?? null,
      is_spent: writes.some(isSpent) ? 1 : 0,
    },
  ];
}

/** A later wake-up takes the place of an earlier one, as it does in the queue. */
function toJobRows({ read, writes }: WrittenDeletion) {
  const run_at = writes.findLast(({ jobAt }) => jobAt !== null)?.jobAt ?? null;
  return run_at === null ? [] : [{ id: read.id, run_at }];
}

/** Claims alone say nothing: they are what a lost worker leaves behind. */
function lossesAfter(losses: number, { changes, forgives }: DeletionWrite): number {
  if (forgives !== undefined) return losses - forgives;
  return changes.some(({ event }) => event !== null && event !== "claimed") ? 0 : losses;
}

function isSpent({ closing }: DeletionWrite): boolean {
  return closing !== null && closing.sealedUntil === null;
}

function byKey(one: CategoryRow, other: CategoryRow): number {
  return one.subject < other.subject ||
    (one.subject === other.subject && one.category_id < other.category_id)
    ? -1
    : 1;
}
