import { closings } from "../domain/advance.ts";
import { stuckThresholds } from "../domain/thresholds.ts";
import { pgCore, sql } from "./drizzle.ts";
import { openStatesSql } from "./open-states.ts";
import { bytea, moment } from "./schema-types.ts";

const {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} = pgCore;

const openStates = sql.raw(openStatesSql);

/**
 * The ledger. `subject` is a keyed 128-bit hash of a uid (see `subjects.ts`), never the uid; what names a
 * person stands only in the sealed snapshot of a deletion. All times are the database's.
 */

/** A delete request of the portal as it was answered, for the repeat table of contract 5. */
export const requests = pgTable(
  "requests",
  {
    subject: uuid().notNull(),
    /** Keyed hash of the caller's `request_id`. */
    requestKey: uuid("request_key").notNull(),
    /** Sorted, without duplicates. */
    categoryIds: text("category_ids").array().notNull(),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.requestKey] }),
    index("requests_created_at").on(table.createdAt),
  ],
);

export const deletions = pgTable(
  "deletions",
  {
    id: uuid().primaryKey(),
    /** The order of acceptance. */
    seq: bigint({ mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    subject: uuid().notNull(),
    origin: text({ enum: ["portal", "admin", "retention"] }).notNull(),
    /** The fence, unless there is another: cut to milliseconds, and never changed (rule 3). */
    acceptedAt: moment("accepted_at").notNull(),
    /** The fence of a deletion that retries another: that other's. */
    fenceAt: moment("fence_at"),
    /** The deletion whose parts this one tries again. */
    retryOf: uuid("retry_of"),
    closedAt: moment("closed_at"),
    /** What it came to; null while it is open. A late report may still better it. */
    closedAs: text("closed_as", { enum: closings }),
    /** When the deletion needs the hub next; the sweep finds those whose time has passed. */
    wakeAt: moment("wake_at"),
    /** How often a worker was lost in the middle of its calls, since something came of one. */
    losses: smallint().notNull().default(0),
    /** The identity snapshot, sealed; all three are null once it has been destroyed. */
    sealed: bytea(),
    wrapped: bytea(),
    sealKeyId: text("seal_key_id"),
    /** When a snapshot that outlived its deletion is destroyed. */
    sealedUntil: moment("sealed_until"),
  },
  (table) => [
    index("deletions_open_wake_at").on(table.wakeAt).where(sql`closed_at is null`),
    index("deletions_open_subject").on(table.subject, table.seq).where(sql`closed_at is null`),
    // What is forgotten next.
    index("deletions_spent")
      .on(table.closedAt, table.id)
      .where(sql`closed_at is not null and sealed is null`),
    index("deletions_sealed_until").on(table.sealedUntil).where(sql`sealed_until is not null`),
    // Ids are UUIDs of version 7, so that their order is that of acceptance: lists go by them.
    index("deletions_open_id").on(table.id).where(sql`closed_at is null`),
    index("deletions_closed_as").on(table.closedAs, table.id).where(sql`closed_as is not null`),
  ],
);

/** The other uids of a deletion's identity, any of which a service may report (contract 6). */
export const deletionAliases = pgTable(
  "deletion_aliases",
  {
    subject: uuid().notNull(),
    deletionId: uuid("deletion_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.deletionId] }),
    index("deletion_aliases_deletion").on(table.deletionId),
  ],
);

/** Bears the uniqueness: at most one open row for each user and category (rule 6). */
export const deletionCategories = pgTable(
  "deletion_categories",
  {
    deletionId: uuid("deletion_id").notNull(),
    categoryId: text("category_id").notNull(),
    subject: uuid().notNull(),
    /** Order of acceptance among the rows of one user and category. */
    seq: bigint({ mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    /** Whether another request joined while it was open; then its result is not trusted by status. */
    isJoined: boolean("is_joined").notNull().default(false),
    closedAt: moment("closed_at"),
    /** When its last part became `deleted`: the portal's `update_date`. */
    deletedAt: moment("deleted_at"),
  },
  (table) => [
    primaryKey({ columns: [table.deletionId, table.categoryId] }),
    uniqueIndex("deletion_categories_one_open")
      .on(table.subject, table.categoryId)
      .where(sql`closed_at is null`),
    index("deletion_categories_history").on(table.subject, table.categoryId, table.seq.desc()),
  ],
);

/**
 * One service's share of a deletion's category. The attempt counter of (deletion, service) is the highest
 * `attempt` of its parts: a claim raises it above all of them and writes it into those that it carries.
 */
export const parts = pgTable(
  "parts",
  {
    deletionId: uuid("deletion_id").notNull(),
    categoryId: text("category_id").notNull(),
    service: text().notNull(),
    subject: uuid().notNull(),
    /** The deletion's order of acceptance. */
    seq: bigint({ mode: "number" }).notNull(),
    state: text().notNull(),
    attempt: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    asks: smallint().notNull().default(0),
    dueAt: moment("due_at").notNull(),
    leasedUntil: moment("leased_until"),
    leasedBy: text("leased_by"),
    /** Its place in the line of its service, while it waits there for room or for an open breaker. */
    parkedAt: moment("parked_at"),
    closedAt: moment("closed_at"),
    outcome: text(),
    retainedUntil: moment("retained_until"),
    /** When what was retained is tried again by itself; null: never, or not any more. */
    retryAt: moment("retry_at"),
    reason: text(),
    errorCode: text("error_code"),
  },
  (table) => [
    primaryKey({ columns: [table.deletionId, table.categoryId, table.service] }),
    index("parts_history").on(table.subject, table.categoryId, table.service, table.seq.desc()),
    index("parts_leased").on(table.leasedBy).where(sql`leased_by is not null`),
    index("parts_parked").on(table.service, table.parkedAt).where(sql`parked_at is not null`),
    index("parts_backoff")
      .on(table.service, table.dueAt)
      .where(sql`failures > 0 and state = 'due'`),
    index("parts_retry_at").on(table.retryAt).where(sql`retry_at is not null`),
    // To count them. Entries of one service lie together whatever the user, so it costs next to nothing.
    index("parts_open_service").on(table.service).where(sql`state in (${openStates})`),
  ],
);

/**
 * What services reported and what moved no part, word for word but for the person: one row for each different report.
 * One that moved a part is kept with that event.
 */
export const reports = pgTable(
  "reports",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    subject: uuid().notNull(),
    categoryId: text("category_id").notNull(),
    service: text().notNull(),
    /** Keyed, since a plain hash of a body with a uid in it could be guessed. */
    bodyHash: uuid("body_hash").notNull(),
    deletionId: uuid("deletion_id"),
    state: text().notNull(),
    attempt: integer(),
    outcome: text(),
    errorCode: text("error_code"),
    completedAt: moment("completed_at"),
    /** What it did when it first came: own_state or recorded; `moves` before events kept that. */
    effect: text().notNull(),
    /** The key that signed the reporter's ticket. */
    kid: text().notNull(),
    receivedAt: moment("received_at").notNull().default(sql`clock_timestamp()`),
    lastReceivedAt: moment("last_received_at").notNull().default(sql`clock_timestamp()`),
    times: integer().notNull().default(1),
  },
  (table) => [
    uniqueIndex("reports_once").on(table.subject, table.categoryId, table.service, table.bodyHash),
    index("reports_last_received_at").on(table.lastReceivedAt),
  ],
);

/** What a service reported of a user outside any deletion. */
export const ownStates = pgTable(
  "own_states",
  {
    subject: uuid().notNull(),
    categoryId: text("category_id").notNull(),
    service: text().notNull(),
    deletedAt: moment("deleted_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.categoryId, table.service] }),
    index("own_states_deleted_at").on(table.deletedAt),
  ],
);

/** Append-only: one row for every transition of a part, written with it. */
export const events = pgTable(
  "events",
  {
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment("at").notNull().default(sql`clock_timestamp()`),
    deletionId: uuid("deletion_id").notNull(),
    categoryId: text("category_id").notNull(),
    service: text().notNull(),
    attempt: integer().notNull(),
    event: text().notNull(),
    /** Null when the part was made. */
    fromState: text("from_state"),
    toState: text("to_state").notNull(),
    source: text().notNull(),
    errorCode: text("error_code"),
    /** Of the report that did it, as in `reports`: who signed it, its keyed hash, when the service was done. */
    kid: text(),
    bodyHash: uuid("body_hash"),
    completedAt: moment("completed_at"),
  },
  (table) => [index("events_deletion").on(table.deletionId, table.seq)],
);

/** What all processes know of a service: its breaker. No row: it was never opened. */
export const serviceStates = pgTable("service_states", {
  service: text().primaryKey(),
  breaker: text({ enum: ["closed", "open"] })
    .notNull()
    .default("closed"),
  /** When the breaker opened or closed last. */
  since: moment("since"),
  /** No probe before it; while one is under way, when it is given up. */
  probeAt: moment("probe_at"),
  /** Since when an operator lets nothing be called. */
  pausedAt: moment("paused_at"),
});

/** Append-only: what happened to a service as a whole. */
export const serviceEvents = pgTable(
  "service_events",
  {
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment("at").notNull().default(sql`clock_timestamp()`),
    service: text().notNull(),
    event: text({ enum: ["breaker_opened", "breaker_closed", "paused", "resumed"] }).notNull(),
  },
  (table) => [index("service_events_service").on(table.service, table.seq)],
);

/**
 * Which deletions a request of the portal started or joined, for operators who know its `request_id`. A table of
 * its own, because such an index on `requests` would have to be made under load.
 */
export const requestDeletions = pgTable(
  "request_deletions",
  {
    requestKey: uuid("request_key").notNull(),
    deletionId: uuid("deletion_id").notNull(),
    /** Kept as long as the requests. */
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({ columns: [table.requestKey, table.deletionId] }),
    index("request_deletions_created_at").using("brin", table.createdAt),
  ],
);

/** A hold on a user: no new deletion of these categories; null: of any. Released is deleted: the audit remembers. */
export const holds = pgTable(
  "holds",
  {
    id: uuid().primaryKey(),
    subject: uuid().notNull(),
    categoryIds: text("category_ids").array(),
    reason: text().notNull(),
    client: text().notNull(),
    login: text().notNull(),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [index("holds_subject").on(table.subject)],
);

/** How an operator proposes to end what is left of a deletion, until another confirms. One at a time. */
export const resolveProposals = pgTable("resolve_proposals", {
  deletionId: uuid("deletion_id").primaryKey(),
  state: text({ enum: ["resolved", "cancelled"] }).notNull(),
  /** Null: all services. */
  service: text(),
  reason: text().notNull(),
  client: text().notNull(),
  login: text().notNull(),
  proposedAt: moment("proposed_at").notNull().default(sql`clock_timestamp()`),
});

/** Append-only: every act of an operator, who and why, also those that failed. Operators are staff, not users. */
export const auditEvents = pgTable(
  "audit_events",
  {
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment("at").notNull().default(sql`clock_timestamp()`),
    client: text().notNull(),
    login: text().notNull(),
    /** The operation of the contract. */
    act: text().notNull(),
    /** An id of ours, or the name of a service; never a user. */
    target: text(),
    reason: text(),
    /** `ok`, or the code of the error. */
    result: text().notNull(),
  },
  (table) => [index("audit_events_at").on(table.at)],
);

/** What was answered under an `Idempotency-Key`, for a day. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    /** Keyed hash of client, login and key. */
    key: uuid().primaryKey(),
    /** Keyed hash of operation, path and body. */
    requestHash: uuid("request_hash").notNull(),
    answer: jsonb().notNull(),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [index("idempotency_keys_created_at").on(table.createdAt)],
);

/** Checks of a service that wait for its report; a check's id travels as that of a deletion. */
export const serviceChecks = pgTable("service_checks", {
  id: uuid().primaryKey(),
  service: text().notNull(),
  createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  reportedAt: moment("reported_at"),
});

/** Worker processes that prove they live: `src/worker/liveness.ts` beats, and judges the others by it. */
export const hubWorkers = pgTable("hub_workers", {
  workerId: text("worker_id").primaryKey(),
  /** Of graphile-worker, whose jobs they lock. */
  poolIds: text("pool_ids").array().notNull(),
  /** Those that it works; null: all, as a version works that does not say. */
  queues: text().array(),
  /** The second key of the advisory lock that the process holds while it lives. */
  lockKey: integer("lock_key").notNull().generatedAlwaysAsIdentity(),
  beatAt: moment("beat_at").notNull().default(sql`now()`),
  /** When it was found to be gone; the row stays until nothing that it leased is left. */
  goneAt: moment("gone_at"),
  startedAt: moment("started_at").notNull().default(sql`now()`),
});

/** One row when an open part reaches a threshold, once: what channels of notification will be told from. */
export const stuckNotices = pgTable(
  "stuck_notices",
  {
    deletionId: uuid("deletion_id").notNull(),
    categoryId: text("category_id").notNull(),
    service: text().notNull(),
    threshold: text({ enum: stuckThresholds }).notNull(),
    at: moment("at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({ columns: [table.deletionId, table.categoryId, table.service, table.threshold] }),
  ],
);

/** How far the events are counted, and the watch's other memories. One row, made by the first who counts. */
export const partWatch = pgTable("part_watch", {
  id: smallint().primaryKey().default(1),
  /** Every event up to it is in `part_counts` and `service_closings`, and none after it. */
  countedSeq: bigint("counted_seq", { mode: "number" }).notNull().default(0),
  /** The newest event when somebody looked last, and the transactions that could still add one before it. */
  aheadSeq: bigint("ahead_seq", { mode: "number" }).notNull().default(0),
  aheadXmax: bigint("ahead_xmax", { mode: "number" }).notNull().default(0),
  /** Since when services' pace is measured. */
  since: moment("since").notNull().default(sql`clock_timestamp()`),
  recountedAt: moment("recounted_at"),
  /** When the stuck watch went through to its end last. */
  watchedAt: moment("watched_at"),
});

/** Closed parts, as of `part_watch.counted_seq`: later events are to be added. */
export const partCounts = pgTable(
  "part_counts",
  {
    service: text().notNull(),
    categoryId: text("category_id").notNull(),
    state: text().notNull(),
    count: bigint({ mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.service, table.categoryId, table.state] })],
);

/** How many parts a service brought to their end in each hour of the last days: its pace. */
export const serviceClosings = pgTable(
  "service_closings",
  {
    service: text().notNull(),
    hour: moment("hour").notNull(),
    count: bigint({ mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.service, table.hour] })],
);
