import { checkInteger } from "../arguments.ts";
import type { Clock } from "../clock.ts";
import type { Progress } from "../work/record.ts";

const noteEveryMs = 1_000;

/**
 * What a handler calls after each batch. Rejects once the signal has aborted; what comes within a
 * second of what was noted last is not noted.
 */
export function createProgress(options: {
  signal: AbortSignal;
  clock: Clock;
  note: (progress: Progress) => Promise<void> | void;
}): (done: number, total?: number) => Promise<void> {
  const { signal, clock, note } = options;
  let notedAt = Number.NEGATIVE_INFINITY;

  return async (done, total) => {
    signal.throwIfAborted();
    checkInteger(done, 0, "progress");
    if (total !== undefined) checkInteger(total, 0, "progress");
    if (clock.now() - notedAt < noteEveryMs) return;
    notedAt = clock.now();
    await note({ done, ...(total === undefined ? {} : { total }) });
  };
}
