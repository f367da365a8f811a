import type { TracingClient } from "../client/client.ts";
import type { Clock } from "../clock.ts";
import type { WorkKind } from "../work/engine.ts";
import type { AskedDelete, Told } from "../work/record.ts";
import type { Category } from "./category.ts";
import { type Log, logReportFailure } from "./log.ts";
import { toldOf } from "./reports.ts";
import { runDelete } from "./run.ts";

/** Deletions as work that survives the process. */
export function createDeleteWork(context: {
  categories: ReadonlyMap<string, Category>;
  client: TracingClient;
  clock: Clock;
  log: Log;
}): WorkKind<AskedDelete> {
  const { categories, client, clock, log } = context;

  const run: WorkKind<AskedDelete>["run"] = async (asked, { signal, resumed, advance }) => {
    const held = categories.get(asked.category);
    // It was held when the call was taken: to call it deleted now would be a lie.
    if (!held) return failure("category_gone", "The service does not hold the category any more.");
    const { user, deletionId, attempt, reportUid, requestId } = asked;
    const before = new Date(asked.before);
    const call = { user, deletionId, attempt, reportUid, requestId, before };
    const result = await runDelete(held, call, {
      stop: signal,
      clock,
      log,
      resumed,
      note: advance,
    });
    if (signal.aborted && result.kind === "failed") throw signal.reason;
    if (result.kind === "accepted") return undefined;
    return toldOf({ result, before, completedAt: new Date(clock.now()) });
  };

  return {
    keyOf: ({ deletionId, category }) => `delete ${deletionId} ${category}`,
    usersOf: ({ category, user }) => openNames(category, user.uids),
    run,
    lost: () => failure("process_lost", "The work ended the service's process again and again."),
    report: (asked, told, signal) => client.reportOnce(bodyOf(asked, told), asked.trace, signal),
    isUndone: () => false,
    onGivenUp: (asked, error) => logReportFailure(log, bodyOf(asked), error),
  };
}

/** Under which names open work of these accounts is found. */
export function openNames(category: string, uids: readonly string[]): string[] {
  return [...new Set(uids)].map((uid) => `${category} ${uid}`);
}

type Body = Parameters<TracingClient["reportOnce"]>[0];

function bodyOf(asked: AskedDelete, told?: Told): Body {
  const { reportUid, category, deletionId, attempt } = asked;
  const subject = {
    yandex_uid: reportUid,
    category_id: category,
    deletion_id: deletionId,
    attempt,
  };
  // What is kept was told by toldOf.
  return { ...told, ...subject } as Body;
}

function failure(code: string, message: string): Told {
  return { state: "delete_failed", error: { code, message }, retriable: true };
}
