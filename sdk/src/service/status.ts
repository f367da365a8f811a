import { withDeadline } from "../deadline.ts";
import { Misuse } from "../misuse.ts";
import type { StatusCall } from "./call.ts";
import type { Category, StatusRequest, StatusResult, User } from "./category.ts";
import { describeError, type Log } from "./log.ts";
import { Refusal } from "./problem.ts";

/** The entry of one category in the answer. Source: contract section 7. */
interface CategoryState {
  id: string;
  data_state: "empty" | "ready_to_delete" | "delete_in_progress";
  denied?: { reason: string };
}

/** What a status needs of the service around it. */
export interface StatusContext {
  categories: ReadonlyMap<string, Category>;
  /** Whether a deletion for one of these accounts is under way in the category. */
  isDeleting(category: string, uids: readonly string[]): Promise<boolean>;
  /** Aborts when the service stops and has waited long enough. */
  stop: AbortSignal;
  log: Log;
}

const mostMs = 30_000;

/**
 * Asks every named category in parallel. A category the service does not hold is empty.
 * @throws Refusal `internal_error` when a handler fails, which is logged then.
 */
export async function statesOf(call: StatusCall, context: StatusContext): Promise<CategoryState[]> {
  return withDeadline(context.stop, mostMs, (signal) =>
    Promise.all(
      call.categories.map(async (id) => {
        const held = context.categories.get(id);
        if (!held) return stateOf(id, "empty");
        if (await context.isDeleting(id, call.user.uids)) return stateOf(id, "delete_in_progress");
        return askState(held, { ...userOf(call), signal }, context.log);
      }),
    ),
  );
}

async function askState(held: Category, request: StatusRequest, log: Log): Promise<CategoryState> {
  try {
    return stateOf(held.id, await held.status(request));
  } catch (error) {
    // Nobody waits for it any more, and that has its own entry.
    if (request.signal.aborted) throw error;
    log({ level: "error", event: "call_failed", category: held.id, error: describeError(error) });
    throw new Refusal("internal_error");
  }
}

/** The user as one handler gets it: lists of its own, so that handlers cannot spoil each other's. */
export function userOf({
  user,
  requestId,
}: Pick<StatusCall, "user" | "requestId">): User & { requestId?: string } {
  // Not structuredClone, which makes every text anew: of 1 MiB of identifiers, for each of 100 categories.
  const { uids, userIds, phoneIds, personalPhoneIds, personalEmailIds } = user;
  return {
    uids: [...uids],
    userIds: [...userIds],
    phoneIds: [...phoneIds],
    personalPhoneIds: [...personalPhoneIds],
    personalEmailIds: [...personalEmailIds],
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function stateOf(id: string, result: StatusResult): CategoryState {
  switch (result) {
    case "empty":
    case "ready_to_delete":
    case "delete_in_progress":
      return { id, data_state: result };
  }
  if (result?.kind === "denied") {
    return { id, data_state: "ready_to_delete", denied: { reason: result.reason } };
  }
  throw new Misuse(
    'status: give "empty", "ready_to_delete", "delete_in_progress" or denied(reason)',
  );
}
