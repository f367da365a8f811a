import type { Closing } from "./advance.ts";
import type { Outcome, PartState } from "./part.ts";
import type { StuckReason } from "./stuck.ts";

/** What operators are shown (contract 10). Instants in ms of database time. */

export type DeletionState = "open" | Closing;
export type Origin = "portal" | "admin" | "retention";

export interface ShownDeletion {
  readonly id: string;
  readonly state: DeletionState;
  readonly origin: Origin;
  readonly acceptedAt: number;
  /** `null`: the moment of acceptance. */
  readonly fenceAt: number | null;
  readonly closedAt: number | null;
  readonly retryOf: string | null;
  readonly parts: readonly ShownPart[];
  /** How somebody proposes to end what is left. */
  readonly proposal: Proposal | null;
}

export interface ShownPart {
  readonly categoryId: string;
  readonly service: string;
  readonly state: PartState;
  readonly attempt: number;
  readonly outcome: Outcome | null;
  readonly retainedUntil: number | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
  /** When the hub does the next thing for it by itself. */
  readonly nextAt: number | null;
  readonly waitsFor: readonly string[];
}

/** How an operator says that a part is to end. */
export type ResolvedState = "resolved" | "cancelled";

export interface Proposal {
  readonly state: ResolvedState;
  /** `null`: of all services. */
  readonly service: string | null;
  readonly reason: string;
  readonly login: string;
  readonly proposedAt: number;
}

export interface ShownEvent {
  readonly at: number;
  readonly categoryId: string;
  readonly service: string;
  readonly attempt: number;
  readonly event: string;
  readonly state: PartState;
  readonly source: string;
  readonly errorCode: string | null;
}

export interface ShownStuck {
  readonly deletionId: string;
  readonly categoryId: string;
  readonly service: string;
  readonly state: PartState;
  readonly ageSeconds: number;
  readonly reason: StuckReason;
}

export interface ShownService {
  readonly service: string;
  readonly isConfigured: boolean;
  readonly pausedAt: number | null;
  readonly breaker: "closed" | "open";
  readonly breakerSince: number | null;
  /** Parts that are not closed; of these, in the service's line; of these, failed and to be tried again. */
  readonly backlog: { readonly open: number; readonly parked: number; readonly failing: number };
}

/** One page of a list; `next` says where the following one begins, `null`: this is the last. */
export interface Page<Item, Next> {
  readonly items: readonly Item[];
  readonly next: Next | null;
}

export interface ShownHold {
  readonly id: string;
  /** `null`: all categories. */
  readonly categoryIds: readonly string[] | null;
  readonly reason: string;
  readonly login: string;
  readonly createdAt: number;
}
