import { exportPartStates } from "../domain/export-part.ts";
import { deliveries, exportClosings, exportSteps } from "../domain/export-step.ts";
import { pgCore, sql } from "./drizzle.ts";
import { bytea, moment } from "./schema-types.ts";

const { bigint, boolean, index, integer, pgTable, primaryKey, smallint, text, uniqueIndex, uuid } =
  pgCore;

/**
 * Exports in the ledger. As for deletions, `subject` is a keyed hash of a uid; what names a person, the names of
 * files included, is sealed under the export's own key.
 */

export const exportJobs = pgTable(
  "exports",
  {
    /** The portal's `job_id`; of version 7, so that lists go by it. */
    id: uuid().primaryKey(),
    /** The ledger's user, of whom one export runs at a time. */
    subject: uuid().notNull(),
    /** The client that asked: whose storage it is delivered to. */
    portal: text().notNull(),
    delivery: text({ enum: deliveries }).notNull(),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
    /** When what is not there has failed; an operator's retry sets another. */
    deadlineAt: moment("deadline_at").notNull(),
    /** When the last part closed; null while some are open. */
    gatheredAt: moment("gathered_at"),
    /** What is to be done next, once all parts are closed. */
    step: text({ enum: exportSteps }),
    /** A fence for steps: raised with each claim. */
    attempt: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    dueAt: moment("due_at").notNull(),
    leasedUntil: moment("leased_until"),
    leasedBy: text("leased_by"),
    errorCode: text("error_code"),
    /** When the export needs the hub next; the sweep finds those whose time has passed. */
    wakeAt: moment("wake_at"),
    /** How often a worker was lost in the middle of it, since something came of one. */
    losses: smallint().notNull().default(0),
    closedAt: moment("closed_at"),
    /** What it came to when it closed last. */
    state: text({ enum: exportClosings }),
    /** What a link leads to; null: there is none, or it has expired. */
    archiveId: uuid("archive_id"),
    expiresAt: moment("expires_at"),
    isExpired: boolean("is_expired").notNull().default(false),
    /** The identity snapshot; null once it is not needed. */
    sealed: bytea(),
    /** The key of the snapshot and of the files' names; both null once there is neither. */
    wrapped: bytea(),
    sealKeyId: text("seal_key_id"),
    sealedUntil: moment("sealed_until"),
    /** When the services' files are removed; null: not before it closes, or they are gone. */
    purgeAt: moment("purge_at"),
  },
  (table) => [
    uniqueIndex("exports_one_open").on(table.subject).where(sql`closed_at is null`),
    index("exports_open_wake_at").on(table.wakeAt).where(sql`closed_at is null`),
    index("exports_leased").on(table.leasedBy).where(sql`leased_by is not null`),
    index("exports_expires_at").on(table.expiresAt).where(sql`archive_id is not null`),
    index("exports_sealed_until").on(table.sealedUntil).where(sql`sealed_until is not null`),
    index("exports_purge_at").on(table.purgeAt).where(sql`purge_at is not null`),
    index("exports_spent")
      .on(table.closedAt, table.id)
      .where(sql`wrapped is null and archive_id is null`),
    index("exports_seal_key").on(table.sealKeyId, table.id).where(sql`seal_key_id is not null`),
  ],
);

/** Whom an export is of: all uids of the identity, any of which a service may report; owners are those who asked. */
export const exportSubjects = pgTable(
  "export_subjects",
  {
    subject: uuid().notNull(),
    exportId: uuid("export_id").notNull(),
    isOwner: boolean("is_owner").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.exportId] }),
    index("export_subjects_export").on(table.exportId),
  ],
);

/** Which export a request of the portal started or joined, for its repeats. */
export const exportRequests = pgTable(
  "export_requests",
  {
    subject: uuid().notNull(),
    /** Keyed hash of the caller's `request_id`. */
    requestKey: uuid("request_key").notNull(),
    exportId: uuid("export_id").notNull(),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.requestKey] }),
    index("export_requests_key").on(table.requestKey),
    index("export_requests_created_at").on(table.createdAt),
  ],
);

/** One service's share of an export. */
export const exportParts = pgTable(
  "export_parts",
  {
    exportId: uuid("export_id").notNull(),
    service: text().notNull(),
    state: text({ enum: exportPartStates }).notNull(),
    attempt: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    asks: smallint().notNull().default(0),
    dueAt: moment("due_at").notNull(),
    leasedUntil: moment("leased_until"),
    leasedBy: text("leased_by"),
    parkedAt: moment("parked_at"),
    closedAt: moment("closed_at"),
    errorCode: text("error_code"),
    /** When the newest file came. */
    uploadedAt: moment("uploaded_at"),
    files: integer().notNull().default(0),
    bytes: bigint({ mode: "number" }).notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.exportId, table.service] }),
    index("export_parts_leased").on(table.leasedBy).where(sql`leased_by is not null`),
    index("export_parts_parked")
      .on(table.service, table.parkedAt)
      .where(sql`parked_at is not null`),
  ],
);

/** What services gave. The content is a range of a blob; of those that came with an answer, many share one. */
export const exportFiles = pgTable(
  "export_files",
  {
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    exportId: uuid("export_id").notNull(),
    service: text().notNull(),
    /** Keyed with the export's own key, as the name is sealed with it. */
    nameHash: uuid("name_hash").notNull(),
    sealedName: bytea("sealed_name").notNull(),
    blobKey: text("blob_key").notNull(),
    blobFrom: bigint("blob_from", { mode: "number" }).notNull(),
    bytes: bigint({ mode: "number" }).notNull(),
    sha256: text().notNull(),
    crc32: bigint({ mode: "number" }).notNull(),
    producedAt: moment("produced_at").notNull().default(sql`clock_timestamp()`),
    /** When the portal's storage had it. */
    deliveredAt: moment("delivered_at"),
  },
  (table) => [
    uniqueIndex("export_files_name").on(table.exportId, table.service, table.nameHash),
    index("export_files_order").on(table.exportId, table.service, table.seq),
    index("export_files_blob").on(table.blobKey),
  ],
);

/** Finished archives: the one that links lead to, and those that were replaced, for as long as links lead there. */
export const exportArchives = pgTable(
  "export_archives",
  {
    id: uuid().primaryKey(),
    exportId: uuid("export_id").notNull(),
    blobKey: text("blob_key").notNull(),
    bytes: bigint({ mode: "number" }).notNull(),
    sha256: text().notNull(),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
    removeAt: moment("remove_at"),
  },
  (table) => [
    index("export_archives_export").on(table.exportId),
    index("export_archives_blob").on(table.blobKey),
    index("export_archives_remove_at").on(table.removeAt).where(sql`remove_at is not null`),
  ],
);

/** Append-only: what happened to an export, and to its parts. */
export const exportEvents = pgTable(
  "export_events",
  {
    seq: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment("at").notNull().default(sql`clock_timestamp()`),
    exportId: uuid("export_id").notNull(),
    /** Null: the export as a whole. */
    service: text(),
    attempt: integer().notNull(),
    event: text().notNull(),
    fromState: text("from_state"),
    toState: text("to_state").notNull(),
    source: text().notNull(),
    errorCode: text("error_code"),
  },
  (table) => [index("export_events_export").on(table.exportId, table.seq)],
);
