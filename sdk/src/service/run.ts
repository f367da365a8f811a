import type { Clock } from "../clock.ts";
import { withDeadline } from "../deadline.ts";
import { Misuse } from "../misuse.ts";
import type { Progress } from "../work/record.ts";
import type { DeleteCall } from "./call.ts";
import type { Category } from "./category.ts";
import { describeError, type Log, type LogEntry } from "./log.ts";
import { isFatal, type Outcome } from "./outcome.ts";
import type { Result } from "./pairs.ts";
import { createProgress } from "./progress.ts";
import { userOf } from "./status.ts";

// A hung handler must end some day; the hub's own patience is longer.
const mostWorkMs = 24 * 60 * 60_000;

const outcomeKinds = [
  "erased",
  "anonymized",
  "retained",
  "nothing_found",
  "denied",
  "accepted",
  "fatal",
] as const satisfies Outcome["kind"][];

/** What a run happens in. */
export interface RunContext {
  /** Aborts when the service stops and has waited long enough. */
  stop: AbortSignal;
  clock: Clock;
  log: Log;
  /** How far the run before this one came. */
  resumed?: Progress | undefined;
  /** Keeps how far this one has come. */
  note?: ((progress: Progress) => Promise<void>) | undefined;
}

/** Runs a category's delete handler. Never rejects: what is thrown becomes a result. */
export async function runDelete(
  category: Category,
  call: Omit<DeleteCall, "categories">,
  context: RunContext,
): Promise<Result> {
  const { deletionId, attempt, reportUid, before } = call;
  const { stop, clock, resumed, note } = context;
  const about = { category: category.id, deletionId, attempt };
  const log: Log = (entry) => context.log({ ...entry, ...about });
  try {
    const outcome = await withDeadline(stop, mostWorkMs, (signal) =>
      category.delete({
        ...userOf(call),
        before: new Date(before),
        deletionId,
        attempt,
        reportUid,
        resumed,
        progress: createProgress({
          signal,
          clock,
          note: (progress) => {
            log({ level: "info", event: "delete_progress", ...progress });
            return note?.(progress);
          },
        }),
        signal,
      }),
    );
    checkOutcome(outcome);
    log(entryOf(outcome));
    return outcome;
  } catch (error) {
    if (isFatal(error)) {
      log(entryOf(error));
      return error;
    }
    // What is broken off by a stop did not fail.
    if (!stop.aborted) {
      log({ level: "error", event: "delete_failed", error: describeError(error) });
    }
    return { kind: "failed" };
  }
}

function entryOf(outcome: Outcome): LogEntry {
  return outcome.kind === "fatal"
    ? { level: "error", event: "delete_failed", reason: outcome.code }
    : { level: "info", event: "delete_finished", reason: outcome.kind };
}

function checkOutcome(outcome: Outcome | undefined): asserts outcome is Outcome {
  if (outcome && outcomeKinds.includes(outcome.kind)) return;
  throw new Misuse(`delete: give an outcome, for example erased(), not ${typeof outcome}`);
}
