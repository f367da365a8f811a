import { TakeoutSdkError } from "../errors.ts";
import { Misuse } from "../misuse.ts";

/** Something worth knowing. Bears no uid, no identifier, no ticket and no message of a stranger's error. */
export interface LogEntry {
  level: "info" | "warn" | "error";
  /**
   * `ticket_refused`, `keys_unavailable`: a call was not let in. `delete_failed`,
   * `call_failed`: a handler, or this package, threw. `delete_progress`: so far long work has come.
   * `delete_finished`: a category came to an end. `export_failed`, `export_finished`: the same of
   * exports; what goes with the answer makes no entry. `report_failed`: the hub refused a report for
   * good, or it was given up; at level `info` where nothing is to be done, because a newer deletion
   * has taken its place (`stale_deletion`). `store_failed`: the store could not keep or find work; it
   * goes on by itself.
   */
  event:
    | "ticket_refused"
    | "keys_unavailable"
    | "delete_failed"
    | "delete_progress"
    | "delete_finished"
    | "export_failed"
    | "export_finished"
    | "report_failed"
    | "store_failed"
    | "call_failed";
  category?: string;
  deletionId?: string;
  attempt?: number;
  /** The export, and its item. */
  jobId?: string;
  item?: string;
  /** How far the work has come, in the handler's own units. */
  done?: number;
  total?: number;
  /** The outcome, or why a ticket or report was refused. */
  reason?: string;
  /**
   * Of a thrown error: its name, its `code`, and where it happened; its message only where this package
   * says what a handler has to give.
   */
  error?: { name: string; message?: string; code?: string; at?: readonly string[] };
}

/** Receives what happens. Must not throw. */
export type Log = (entry: LogEntry) => void;

/** Warnings and errors as a line of JSON on stderr. */
export function logToConsole(entry: LogEntry): void {
  if (entry.level !== "info") console.error(JSON.stringify(entry));
}

/** Says that a report was given up. */
export function logReportFailure(
  log: Log,
  about: { category_id?: string; deletion_id?: string; attempt?: number },
  error: unknown,
): void {
  log({
    event: "report_failed",
    ...(about.category_id === undefined ? {} : { category: about.category_id }),
    ...(about.deletion_id === undefined ? {} : { deletionId: about.deletion_id }),
    ...(about.attempt === undefined ? {} : { attempt: about.attempt }),
    ...whyGivenUp(error),
  });
}

/** A report that a newer deletion overtook is no fault of anybody: it happens in every check of the service too. */
function whyGivenUp(error: unknown): Pick<LogEntry, "level" | "reason" | "error"> {
  const told = error instanceof TakeoutSdkError ? { reason: error.code } : {};
  if (told.reason === "stale_deletion") return { level: "info", ...told };
  return { level: "error", ...told, error: describeError(error) };
}

const mostFrames = 8;

/** What may be told of an error: a database's message would quote the row it failed on. */
export function describeError(error: unknown): NonNullable<LogEntry["error"]> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as { code?: unknown }).code;
  const at = framesOf(error);
  return {
    name: error.name,
    ...(error instanceof Misuse ? { message: error.message } : {}),
    ...(typeof code === "string" && /^\w{1,64}$/.test(code) ? { code } : {}),
    ...(at.length ? { at } : {}),
  };
}

function framesOf(error: Error): string[] {
  const lines = typeof error.stack === "string" ? error.stack.split("\n") : [];
  const frames = lines.map((line) => line.trim()).filter((line) => /^at .*:\d+:\d+\)?$/.test(line));
  return frames.slice(0, mostFrames);
}
