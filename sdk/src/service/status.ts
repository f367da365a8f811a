import { withDeadline } from "../deadline.ts";
import type { StatusCall } from "./call.ts";
import type { Category, StatusResult, User } from "./category.ts";

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
}

const mostMs = 30_000;

/** Asks every named category in parallel. A category the service does not hold is empty. */
export async function statesOf(call: StatusCall, context: StatusContext): Promise<CategoryState[]> {
  return withDeadline(context.stop, mostMs, (signal) =>
    Promise.all(
      call.categories.map(async (id) => {
        const held = context.categories.get(id);
        if (!held) return stateOf(id, "empty");
        if (await context.isDeleting(id, call.user.uids)) return stateOf(id, "delete_in_progress");
        return stateOf(id, await held.status({ ...userOf(call), signal }));
      }),
    ),
  );
}

/** The user as one handler gets it: lists of its own, so that handlers cannot spoil each other's. */
export function userOf({
  user,
  requestId,
}: Pick<StatusCall, "user" | "requestId">): User & { requestId?: string } {
  return { ...structuredClone(user), ...(requestId === undefined ? {} : { requestId }) };
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
  throw new TypeError(`category ${id}: status must give a state, for example "empty"`);
}
