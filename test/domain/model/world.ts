import type { DataState, DeleteOutcome } from "../../../src/domain/outcome.ts";
import type { Part } from "../../../src/domain/part.ts";
import type { PlannedCall } from "../../../src/domain/plan.ts";
import type { Registry } from "../../../src/domain/registry.ts";
import type { Report } from "../../../src/domain/report.ts";

/** Everything there is: the ledger, the calls under way, the services' data and what they still have to say. */
export interface World {
  readonly registry: Registry;
  readonly bug: Bug | null;
  now: number;
  readonly deletions: ModelDeletion[];
  readonly flights: Set<Flight>;
  readonly rows: Row[];
  /** Orders that a service took on and has not carried out. */
  readonly orders: Order[];
  /** Reports that services made; each may arrive any number of times, in any order. */
  readonly letters: Letter[];
  /** `user/category/service` → since when the service says it has nothing. */
  readonly ownStates: Map<string, number>;
  /** Deletions that were asked to be driven. */
  readonly signals: Set<ModelDeletion>;
  /** Whether a report was forged, or lacks what tells an old one from a new one. */
  isAnybodyLying: boolean;
  /** How often each thing happened, so that a run that saw nothing can be told. */
  readonly seen: Map<string, number>;
}

/** Faults that can be planted, to see that the checks find them. */
export const bugs = [
  "fence taken anew at each call",
  "attempt guard removed",
  "state left out of the claim",
  "done parts called again",
  "clock check before the send removed",
  "nobody woken by what closed",
  "a retry takes reports for its own from its fence on",
] as const;
export type Bug = (typeof bugs)[number];

export interface ModelDeletion {
  readonly id: string;
  readonly seq: number;
  readonly user: string;
  readonly isRetry: boolean;
  /** What the checks compare with; `fenceAt` is the hub's own copy. */
  readonly fence: number;
  readonly fenceAt: number;
  readonly acceptedAt: number;
  parts: readonly Part[];
  readonly categories: Map<
    string,
    { closedAt: number | null; deletedAt: number | null; wasJoined: boolean }
  >;
  closedAt: number | null;
  wakeAt: number | null;
}

/** A claimed call in the hands of a drive that is alive. */
export interface Flight {
  readonly deletion: ModelDeletion;
  readonly call: PlannedCall;
  readonly claimedAt: number;
  outcome:
    | { readonly kind: "delete"; readonly outcome: DeleteOutcome }
    | { readonly kind: "status"; readonly states: ReadonlyMap<string, DataState> | null }
    | { readonly kind: "unsent" }
    | null;
}

export interface Row {
  readonly user: string;
  readonly service: string;
  readonly categoryId: string;
  readonly createdAt: number;
}

export interface Order {
  readonly user: string;
  readonly service: string;
  readonly categoryId: string;
  readonly deletionId: string;
  readonly attempt: number;
  readonly to: number;
  /** The fence that the checks hold the erasure to. */
  readonly fence: number;
}

export interface Letter {
  readonly user: string;
  readonly service: string;
  readonly categoryId: string;
  readonly report: Report;
}

export function createWorld(registry: Registry, bug: Bug | null): World {
  return {
    registry,
    bug,
    now: 1_000_000_000_000,
    deletions: [],
    flights: new Set(),
    rows: [],
    orders: [],
    letters: [],
    ownStates: new Map(),
    signals: new Set(),
    isAnybodyLying: false,
    seen: new Map(),
  };
}

export function note(world: World, what: string): void {
  world.seen.set(what, (world.seen.get(what) ?? 0) + 1);
}
