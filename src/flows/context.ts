import type { BlobStore } from "../blobs/blob-store.ts";
import type { PortalStorage } from "../channels/portal-storage.ts";
import type { Gates } from "../connected/gates.ts";
import type { IdentityClient } from "../connected/identity-client.ts";
import type { QuestionBreakers } from "../connected/questions.ts";
import type { ServiceClient } from "../connected/service-client.ts";
import type { Delivery } from "../domain/export-step.ts";
import type { Registry } from "../domain/registry.ts";
import type { AcceptDeletion } from "../store/accept.ts";
import type { Store } from "../store/connect.ts";
import type { Keyring } from "../store/keys.ts";
import type { ReadLedger } from "../store/ledger.ts";
import type { LedgerClock } from "../store/ledger-clock.ts";
import type { MoveDeletion } from "../store/move-deletions.ts";
import type { FindRequest } from "../store/requests.ts";
import type { Subjects } from "../store/subjects.ts";
import type { Drives } from "./drives.ts";
import type { Outage } from "./outage.ts";

/** What a flow works with; built once for a process, single members overridden by tests. */
export interface FlowContext {
  readonly registry: Registry;
  readonly rules: {
    readonly statusBudgetMs: number;
    readonly trustForMs: number;
    readonly deadlineMs: number;
    readonly warnAfterMs: number;
    readonly alarmAfterMs: number;
    readonly keepRequestsMs: number;
    readonly keepLedgerMs: number;
    readonly exportDeadlineMs: number;
    /** How long an archive can be downloaded. */
    readonly exportKeepMs: number;
    readonly delivery: Delivery;
    /** How large one file of a service may be. */
    readonly mostUploadBytes: number;
    /** How long an upload may stand still. */
    readonly uploadStillMs: number;
    /** The hub's own name. */
    readonly hubClient: string;
    /** Where the hub is reached from outside, without a trailing slash. */
    readonly publicUrl: string;
  };
  readonly store: Store;
  readonly findRequest: FindRequest;
  readonly readLedger: ReadLedger;
  readonly accept: AcceptDeletion;
  readonly move: MoveDeletion;
  readonly keyring: Keyring;
  readonly subjects: Subjects;
  readonly services: ReadonlyMap<string, ServiceLines>;
  readonly identity: IdentityClient | null;
  readonly gates: Gates;
  /** The same services' places for exports, which obey the breakers of `gates` and open none. */
  readonly exportGates: Gates;
  /** What services gave, and archives. */
  readonly blobs: BlobStore;
  /** Where portals keep copies themselves, by the portal's name. */
  readonly storages: ReadonlyMap<string, PortalStorage>;
  /** Signs what an archive says of itself: a JWS that the published keys check. */
  readonly signManifest: (statement: Uint8Array) => Promise<string>;
  readonly questions: QuestionBreakers;
  readonly drives: Drives;
  readonly clock: LedgerClock;
  /** How long a drive keeps its place in the queue for slow services, or waits for room. */
  readonly patienceMs: number;
  /**
   * How long a drive holds back that calls were accepted: a service that deletes at once reports at once, and what it
   * reports need not be preceded by another row and event of the same part. 0: not at all.
   */
  readonly acceptedWaitsMs: number;
  /** Names this process in the leases that it holds. */
  readonly workerId: string;
  readonly log: FlowLog;
  readonly outage: Outage;
  readonly metrics: FlowMetrics;
  readonly random: () => number;
  /** Set by the fault suite only: what befalls a drive at one of its seams. */
  readonly fault?: (place: FaultPlace, deletionId: string) => Promise<void>;
}

/** Where a drive may be held up, stopped or killed: between what it has done and what it is about to do. */
export type FaultPlace =
  | "before_claim"
  | "after_claim"
  | "before_send"
  | "after_answer"
  | "after_record";

/** Three lines to a service: slow deletions never hold up the questions of a waiting user, nor exports deletions. */
export interface ServiceLines {
  readonly work: ServiceClient;
  readonly questions: ServiceClient;
  readonly exports: ServiceClient;
}

/** Fields bear our own ids and codes only; what names a person has no place in a log (rule 10). */
export interface FlowLog {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export interface LogFields {
  readonly deletion_id?: string;
  readonly export_id?: string;
  readonly service?: string;
  readonly category_id?: string;
  readonly attempt?: number;
  readonly code?: string;
  readonly count?: number;
  readonly address?: string;
  readonly signal?: string;
  readonly threshold?: string;
  readonly error?: unknown;
}

export interface FlowMetrics {
  serviceCalled(
    service: string,
    call: "status" | "delete" | "export",
    outcome: string,
    seconds: number,
  ): void;
  deletionClosed(seconds: number): void;
  exportClosed(seconds: number): void;
}
