import type { Gates } from "../connected/gates.ts";
import type { IdentityClient } from "../connected/identity-client.ts";
import type { QuestionBreakers } from "../connected/questions.ts";
import type { ServiceClient } from "../connected/service-client.ts";
import type { Registry } from "../domain/registry.ts";
import type { AcceptDeletion } from "../store/accept.ts";
import type { Store } from "../store/connect.ts";
import type { Keyring } from "../store/keys.ts";
import type { LedgerClock } from "../store/ledger-clock.ts";
import type { FindRequest } from "../store/requests.ts";
import type { Subjects } from "../store/subjects.ts";
import type { Drives } from "./drives.ts";

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
  };
  readonly store: Store;
  readonly findRequest: FindRequest;
  readonly accept: AcceptDeletion;
  readonly keyring: Keyring;
  readonly subjects: Subjects;
  readonly services: ReadonlyMap<string, ServiceLines>;
  readonly identity: IdentityClient | null;
  readonly gates: Gates;
  readonly questions: QuestionBreakers;
  readonly drives: Drives;
  readonly clock: LedgerClock;
  /** How long a drive keeps its place in the queue for slow services, or waits for room. */
  readonly patienceMs: number;
  /** Names this process in the leases that it holds. */
  readonly workerId: string;
  readonly log: FlowLog;
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

/** Two lines to a service, so that slow deletions never hold up the questions of a waiting user. */
export interface ServiceLines {
  readonly work: ServiceClient;
  readonly questions: ServiceClient;
}

/** Fields bear our own ids and codes only; what names a person has no place in a log (rule 10). */
export interface FlowLog {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export interface LogFields {
  readonly deletion_id?: string;
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
  serviceCalled(service: string, call: "status" | "delete", outcome: string, seconds: number): void;
  deletionClosed(seconds: number): void;
}
