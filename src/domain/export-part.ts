/**
 * The life of an export's part: one service's share, (export, service). This table is the only statement of what
 * may follow what; queries, documents and tests read it.
 */

export const openExportPartStates = ["due", "calling", "accepted"] as const;
const closedExportPartStates = ["exported", "no_data", "export_failed"] as const;
export const exportPartStates = [...openExportPartStates, ...closedExportPartStates] as const;

export type OpenExportPartState = (typeof openExportPartStates)[number];
export type ExportPartState = (typeof exportPartStates)[number];

/** Who may cause an event: the drive of the export, a report of the service, or an operator. */
export const exportPartEvents = {
  claimed: "drive", // from `calling` when the call was lost, from `accepted` when nothing is heard for long
  answered_accepted: "drive", // contract 7: 202, files will be uploaded
  answered_data: "drive", // contract 7: 200 with the files
  answered_no_data: "drive", // contract 7: 200, there is nothing
  attempt_failed: "drive", // contract 7: retried with backoff
  attempt_failed_finally: "drive", // contract 7: refused, or the attempts are used up
  attempt_excused: "drive", // nobody's attempt: an open breaker, or the hub's own store
  deadline_passed: "drive", // contract 8: silent past the deadline
  left_out: "drive", // contract 8, `partial`: one archive has no room for the files of all services
  reported_exported: "report", // contract 8
  reported_no_data: "report", // contract 8
  reported_failed: "report", // contract 8: tried again
  reported_failed_finally: "report", // contract 8
  operator_retried: "operator", // contract 10
} as const;

export type ExportPartEvent = keyof typeof exportPartEvents;

const exportPartTransitions = {
  due: {
    claimed: "calling",
    deadline_passed: "export_failed",
    reported_exported: "exported",
    reported_no_data: "no_data",
  },
  calling: {
    claimed: "calling",
    answered_accepted: "accepted",
    answered_data: "exported",
    answered_no_data: "no_data",
    attempt_failed: "due",
    attempt_failed_finally: "export_failed",
    attempt_excused: "due",
    deadline_passed: "export_failed",
    reported_exported: "exported",
    reported_no_data: "no_data",
    reported_failed: "due",
    reported_failed_finally: "export_failed",
  },
  accepted: {
    claimed: "calling",
    deadline_passed: "export_failed",
    reported_exported: "exported",
    reported_no_data: "no_data",
    reported_failed: "due",
    reported_failed_finally: "export_failed",
  },
  exported: { left_out: "export_failed" },
  no_data: {},
  export_failed: {
    reported_exported: "exported", // contract 8, repeats as in 6: it wins while the archive is not begun
    reported_no_data: "no_data",
    operator_retried: "due",
  },
} as const satisfies Record<ExportPartState, Partial<Record<ExportPartEvent, ExportPartState>>>;

/** Instants are milliseconds of database time since the epoch. */
export interface ExportPart {
  readonly service: string;
  readonly state: ExportPartState;
  /** The attempt of the last call; 0: never called. */
  readonly attempt: number;
  /** Recorded failures; calls lost with a worker do not count. */
  readonly failures: number;
  /** How often it was called again because nothing was heard of it. */
  readonly asks: number;
  /** `due`: not called before it. `accepted`: called again after it, if nothing is heard till then. */
  readonly dueAt: number;
  readonly leasedUntil: number | null;
  /** Its place in the line of its service, while it waits for room there. */
  readonly parkedAt: number | null;
  readonly closedAt: number | null;
  /** Why it failed last; of one that is exported, what is amiss with it. */
  readonly errorCode: string | null;
  /** What was uploaded or given so far. Only read here: uploads count themselves. */
  readonly files: number;
  readonly bytes: number;
}

/** What is to be stored: the part as it becomes, and what happened to it; `null`: its state stays. */
export interface ExportPartChange {
  readonly event: ExportPartEvent | null;
  readonly from: ExportPartState;
  readonly part: ExportPart;
}

export function isOpenExportPart(state: ExportPartState): state is OpenExportPartState {
  return (openExportPartStates as readonly ExportPartState[]).includes(state);
}

/** @returns the state that follows, or `null` where the table has no such transition. */
export function nextExportPartState(
  state: ExportPartState,
  event: ExportPartEvent,
): ExportPartState | null {
  const row: Partial<Record<ExportPartEvent, ExportPartState>> = exportPartTransitions[state];
  return row[event] ?? null;
}

/**
 * Applies one event of the table to a part.
 *
 * @param now - database time in ms; becomes `closedAt` when the part closes.
 * @param set - what else the event writes: due time, lease, error.
 * @returns the change, or `null` when the table does not allow the event in this state.
 */
export function applyExportEvent(
  part: ExportPart,
  event: ExportPartEvent,
  now: number,
  set: Partial<Omit<ExportPart, "service" | "state" | "closedAt" | "files" | "bytes">> = {},
): ExportPartChange | null {
  const state = nextExportPartState(part.state, event);
  if (state === null) return null;
  const closedAt = isOpenExportPart(state) ? null : now;
  return {
    event,
    from: part.state,
    part: { ...part, leasedUntil: null, parkedAt: null, ...set, state, closedAt },
  };
}

/** The parts with the changes laid over them; later changes win. */
export function withExportChanges(
  parts: readonly ExportPart[],
  changes: readonly ExportPartChange[],
): ExportPart[] {
  const changed = new Map(changes.map(({ part }) => [part.service, part]));
  return parts.map((part) => changed.get(part.service) ?? part);
}

/**
 * Whether files of the service are taken (contract 8): from its first call on, whatever the hub heard of that, until
 * it is closed.
 */
export function awaitsFiles(part: Pick<ExportPart, "state" | "attempt">): boolean {
  return isOpenExportPart(part.state) && part.attempt > 0;
}
