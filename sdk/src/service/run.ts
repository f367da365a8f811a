import { withDeadline } from "../deadline.ts";
import type { DeleteCall } from "./call.ts";
import type { Category } from "./category.ts";
import { describeError, type Log, type LogEntry } from "./log.ts";
import { isFatal, type Outcome } from "./outcome.ts";
import type { Result } from "./pairs.ts";
import { userOf } from "./status.ts";

// A hung handler must end some day; the hub's own patience is longer.
const mostWorkMs = 24 * 60 * 60_000;

const outcomeKinds = [
  "erased",
  "anonymized",
  "retained",
  "nothing_found",
  "denied",
  "fatal",
] as const satisfies Outcome["kind"][];

/** Runs a category's delete handler. Never rejects: what is thrown becomes a result. */
export async function runDelete(
  category: Category,
  call: DeleteCall,
  { stop, log }: { stop: AbortSignal; log: Log },
): Promise<Result> {
  const { deletionId, attempt, before } = call;
  const about = { category: category.id, deletionId, attempt };
  try {
    const outcome = await withDeadline(stop, mostWorkMs, (signal) =>
      category.delete({
        ...userOf(call),
        before: new Date(before),
        deletionId,
        attempt,
        signal,
      }),
    );
    checkOutcome(category.id, outcome);
    log({ ...entryOf(outcome), ...about });
    return outcome;
  } catch (error) {
    if (isFatal(error)) {
      log({ ...entryOf(error), ...about });
      return error;
    }
    log({ level: "error", event: "delete_failed", ...about, error: describeError(error) });
    return { kind: "failed" };
  }
}

function entryOf(outcome: Outcome): LogEntry {
  return outcome.kind === "fatal"
    ? { level: "error", event: "delete_failed", reason: outcome.code }
    : { level: "info", event: "delete_finished", reason: outcome.kind };
}

function checkOutcome(id: string, outcome: Outcome | undefined): asserts outcome is Outcome {
  if (outcome && outcomeKinds.includes(outcome.kind)) return;
  throw new TypeError(`category ${id}: delete must give an outcome, for example erased()`);
}
