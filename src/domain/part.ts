/**
 * The life of a part: one service's share of a deletion, (deletion, category, service).
 * This table is the only statement of what may follow what; queries, documents and tests read it.
 */

export const openPartStates = ["waiting", "due", "calling", "accepted"] as const;
export const closedPartStates = ["deleted", "delete_failed", "cancelled", "resolved"] as const;
export const partStates = [...openPartStates, ...closedPartStates] as const;

export type OpenPartState = (typeof openPartStates)[number];
export type PartState = (typeof partStates)[number];

/** Who may cause an event: the drive of the deletion, a report of the service, or an operator. */
export const partEvents = {
  predecessors_done: "drive", // contract 7, `after`
  predecessor_failed: "drive", // contract 7, `after`
  claimed: "drive", // design, drive 3; from `calling` when the call was lost with its worker
  answered_accepted: "drive", // contract 7: 202, or 200 in report mode
  answered_done: "drive", // contract 7: 200 in answer mode
  attempt_failed: "drive", // contract 7: retried with backoff
  attempt_failed_finally: "drive", // contract 7: refused, or the attempts are used up
  attempt_excused: "drive", // contract 7: failures behind an open breaker do not count
  reconciled: "drive", // contract 7: an overdue report, and the status says `empty`
  deadline_passed: "drive", // contract 7: `stuck.deadline`
  reported_deleted: "report", // S2, part 1
  reported_failed: "report", // S2, part 1; S3, incomplete deletion: tried again
  reported_failed_finally: "report", // S3: a bounded number of attempts
  operator_cancelled: "operator", // contract 10: it is not to be done
  operator_resolved: "operator", // contract 10: it was seen to in another way
} as const;

export type PartEvent = keyof typeof partEvents;

export const partTransitions = {
  waiting: {
    predecessors_done: "due",
    predecessor_failed: "delete_failed",
    deadline_passed: "delete_failed",
    operator_cancelled: "cancelled",
    operator_resolved: "resolved",
  },
  due: {
    claimed: "calling",
    predecessor_failed: "delete_failed",
    reported_deleted: "deleted",
    deadline_passed: "delete_failed",
    operator_cancelled: "cancelled",
    operator_resolved: "resolved",
  },
  calling: {
    claimed: "calling",
    answered_accepted: "accepted",
    answered_done: "deleted",
    attempt_failed: "due",
    attempt_failed_finally: "delete_failed",
    attempt_excused: "due",
    reported_deleted: "deleted",
    reported_failed: "due",
    reported_failed_finally: "delete_failed",
    deadline_passed: "delete_failed",
    operator_cancelled: "cancelled",
    operator_resolved: "resolved",
  },
  accepted: {
    reconciled: "deleted",
    attempt_failed: "due",
    attempt_failed_finally: "delete_failed",
    reported_deleted: "deleted",
    reported_failed: "due",
    reported_failed_finally: "delete_failed",
    deadline_passed: "delete_failed",
    operator_cancelled: "cancelled",
    operator_resolved: "resolved",
  },
  deleted: {},
  delete_failed: {
    reported_deleted: "deleted", // contract 6: `deleted` wins over `delete_failed` of the same deletion
    operator_cancelled: "cancelled",
    operator_resolved: "resolved",
  },
  cancelled: {},
  resolved: {},
} as const satisfies Record<PartState, Partial<Record<PartEvent, PartState>>>;

/** How a deleted part ended (contract 6). */
export type Outcome = "erased" | "anonymized" | "retained" | "nothing_found";

/** Instants are milliseconds of database time since the epoch. */
export interface Part {
  readonly categoryId: string;
  readonly service: string;
  readonly state: PartState;
  /** The attempt of the last call that carried this part; 0 = never called. */
  readonly attempt: number;
  /** Recorded failures; calls lost with a worker do not count. */
  readonly failures: number;
  /** How often the service was asked for its status because a report was overdue. */
  readonly asks: number;
  /** `due`: not called before it. `accepted`: the report is overdue after it. */
  readonly dueAt: number;
  readonly leasedUntil: number | null;
  /**
   * Set while the part waits for its service to have room again, or to be called at all: it is left alone
   * until it is let go on. Its place in the line is by this moment.
   */
  readonly parkedAt: number | null;
  readonly closedAt: number | null;
  readonly outcome: Outcome | null;
  readonly retainedUntil: number | null;
  /** What was retained and is not tried again at its moment: a newer deletion took it up, or an operator saw to it. */
  readonly isLetGo?: boolean;
  readonly reason: string | null;
  readonly errorCode: string | null;
}

/** What is to be stored: the part as it becomes, and what happened to it; `null`: its state stays. */
export interface PartChange {
  readonly event: PartEvent | null;
  readonly from: PartState;
  readonly part: Part;
}

/** @returns the state that follows, or `null` where the table has no such transition. */
export function nextPartState(state: PartState, event: PartEvent): PartState | null {
  const row: Partial<Record<PartEvent, PartState>> = partTransitions[state];
  return row[event] ?? null;
}

export function isOpen(state: PartState): state is OpenPartState {
  return (openPartStates as readonly PartState[]).includes(state);
}

/**
 * Applies one event of the table to a part.
 *
 * @param now - database time in ms; becomes `closedAt` when the part closes.
 * @param set - what else the event writes: due time, lease, outcome, error.
 * @returns the change, or `null` when the table does not allow the event in this state.
 */
export function applyEvent(
  part: Part,
  event: PartEvent,
  now: number,
  set: Partial<Omit<Part, "categoryId" | "service" | "state" | "closedAt">> = {},
): PartChange | null {
  const state = nextPartState(part.state, event);
  if (state === null) return null;
  const closedAt = isOpen(state) ? null : now;
  return {
    event,
    from: part.state,
    part: { ...part, leasedUntil: null, parkedAt: null, ...set, state, closedAt },
  };
}

/** A change of times only: the state stays, and no event is written. */
export function postpone(
  part: Part,
  set: Partial<Pick<Part, "asks" | "dueAt" | "leasedUntil" | "parkedAt">>,
): PartChange {
  return { event: null, from: part.state, part: { ...part, ...set } };
}

/** A part's key within its deletion. */
export function partKey(part: Pick<Part, "categoryId" | "service">): string {
  return `${part.service}\n${part.categoryId}`;
}

/** The parts with the changes laid over them; later changes win. */
export function withChanges(
  parts: readonly Part[],
  changes: readonly PartChange[],
): readonly Part[] {
  if (changes.length === 0) return parts;
  const byService = Map.groupBy(changes, ({ part }) => part.service);
  const changed = ({ service, categoryId }: Part) =>
    byService.get(service)?.findLast(({ part }) => part.categoryId === categoryId)?.part;
  return parts.map((part) => changed(part) ?? part);
}
