import type { TakeoutError } from "../domain/errors.ts";
import type { HttpLog } from "./context.ts";

/** A request that came to an error. */
export interface Failed {
  /** The operation's id. */
  readonly operation: string;
  /** A keyed hash of its id. */
  readonly request: string;
}

/** Of an operation that the ledger leaves without answers there are soon thousands. */
const unansweredEveryMs = 1_000;

/**
 * Says in the log what a request came to that was no fault of its sender: a fault of ours, what failed beneath us, and
 * that the ledger did not answer in time. Of the last each operation has a line a second at most, with how many they
 * were since the one before.
 *
 * @param now - a clock that never goes back, in ms.
 */
export function createErrorLog(
  log: HttpLog,
  now: () => number = () => performance.now(),
): (failed: Failed, error: TakeoutError) => void {
  const unanswered = new Map<string, { toldAt: number; count: number }>();
  const countOf = (operation: string): number | null => {
    const last = unanswered.get(operation) ?? { toldAt: Number.NEGATIVE_INFINITY, count: 0 };
    const count = last.count + 1;
    const isDue = now() - last.toldAt >= unansweredEveryMs;
    unanswered.set(operation, isDue ? { toldAt: now(), count: 0 } : { ...last, count });
    return isDue ? count : null;
  };
  return (failed, error) => {
    const { code, cause } = error;
    if (code === "internal_error") {
      log.error({ ...failed, code, error: cause }, "request failed");
    } else if (cause !== undefined) {
      log.warn({ ...failed, code, error: cause }, "request refused");
    } else if (code === "unavailable") {
      const count = countOf(failed.operation);
      if (count !== null) log.warn({ ...failed, code, count, error }, "request refused");
    }
  };
}
