import type { PartEvent, PartState } from "../../../src/domain/part.ts";
import type { Registry } from "../../../src/domain/registry.ts";
import type { Subjects } from "../../../src/store/subjects.ts";
import type { ClientEntry, NemesisEntry, ReportEntry, RowEntry } from "../../faults/logs.ts";

/** A call as the service that received it wrote it down; moments in ms of the same machine's clock. */
export interface ServiceCall {
  readonly service: string;
  readonly kind: "delete" | "status";
  readonly categories: readonly string[];
  /** Of delete calls. */
  readonly deletionId: string | null;
  readonly attempt: number | null;
  readonly to: string | null;
  /** Whose data it is about, where the service notes it. */
  readonly uid?: string;
  readonly arrivedAt: number;
  /** When the hub wrote it, where that was written down too: before it arrived, perhaps by seconds. */
  readonly sentAt?: number | undefined;
  /** Written down before the answer is sent; absent where the service does not note it. */
  answeredAt?: number | null;
  /** What was answered; `null`: nothing, as far as the service knows. */
  status: number | null;
  body: unknown;
}

/** What the portal was told of a user. */
export interface StatusEntry {
  readonly uid: string;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly categories: readonly { readonly id: string; readonly state: string }[];
}

export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly attempt: number;
  readonly event: PartEvent | "accepted";
  readonly from_state: PartState | null;
  readonly to_state: PartState;
  readonly source: string;
}

export interface PartRow {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly state: PartState;
  readonly attempt: number;
  readonly failures: number;
  readonly outcome: string | null;
}

export interface DeletionRow {
  readonly id: string;
  readonly seq: number;
  readonly subject: string;
  readonly accepted_at: number;
  /** The moment of acceptance, or the fence of the deletion that this one retries. */
  readonly fence_at: number;
  /** Of some parts of another deletion alone. */
  readonly is_retry: boolean;
  readonly is_closed: boolean;
  readonly is_sealed: boolean;
  readonly is_to_be_destroyed: boolean;
  readonly is_to_wake: boolean;
  /** Open, its wake-up long past, and no lease and no job that would see to it. */
  readonly is_forgotten: boolean;
}

export interface CategoryRow {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly subject: string;
  readonly is_closed: boolean;
  readonly is_deleted: boolean;
  readonly is_joined: boolean;
  readonly closed_at: number | null;
}

export interface ReportRow {
  readonly subject: string;
  readonly category_id: string;
  readonly service: string;
  readonly deletion_id: string | null;
  readonly attempt: number | null;
  readonly state: "deleted" | "delete_failed";
  readonly effect: "moves" | "own_state" | "recorded";
  readonly times: number;
  readonly received_at: number;
}

export interface RequestRow {
  readonly subject: string;
  readonly request_key: string;
  readonly category_ids: readonly string[];
  readonly created_at: number;
}

/** What befell a service as a whole: its breaker opened, was probed, closed. */
export interface ServiceEventRow {
  readonly at: number;
  readonly service: string;
  readonly event: string;
}

/** What is left behind when a run is over and its processes have had time to finish. */
export interface Remains {
  /** Ids of jobs that somebody holds. */
  readonly lockedJobs: readonly string[];
  /** Workers that are registered and whose process, by its lock, is no more. */
  readonly goneWorkers: readonly string[];
  /** Jobs and workers that were looked at. */
  readonly lookedAt: number;
}

/** One search for what names a person, in a table or a file. */
export interface Search {
  readonly place: string;
  /** Rows or lines that were searched. */
  readonly lines: number;
  /** What was found, by the names of what was planted. */
  readonly found: readonly string[];
}

export interface History {
  readonly registry: Registry;
  readonly calls: readonly ServiceCall[];
  readonly events: readonly EventRow[];
  readonly parts: readonly PartRow[];
  readonly deletions: readonly DeletionRow[];
  readonly categories: readonly CategoryRow[];
  readonly reports: readonly ReportRow[];
  /** Other uids' subjects by which a deletion's user may be reported. */
  readonly aliases: readonly { readonly subject: string; readonly deletion_id: string }[];
  readonly requests: readonly RequestRow[];
  readonly serviceEvents: readonly ServiceEventRow[];
  /** How uids are written in the ledger; `null`: nothing that bears a uid can be looked up. */
  readonly subjects: Subjects | null;
  readonly clients: readonly ClientEntry[];
  readonly rows: readonly RowEntry[];
  /** Reports as their services sent them; `null`: nobody wrote them down. */
  readonly sentReports: readonly ReportEntry[] | null;
  readonly nemesis: readonly NemesisEntry[];
  readonly answers: readonly StatusEntry[];
  readonly searches: readonly Search[];
  /** `null`: the run is not over. */
  readonly remains: Remains | null;
}

interface PartName {
  readonly deletion_id: string;
  readonly service: string;
  readonly category_id: string;
}

export function nameOf({ deletion_id, service, category_id }: PartName): string {
  return `${deletion_id} ${service}/${category_id}`;
}
