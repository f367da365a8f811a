import type { Progress } from "../work/record.ts";
import type { ExportItem } from "./export-item.ts";
import { checkKeys } from "./known-keys.ts";
import type { Denied, Outcome } from "./outcome.ts";

/**
 * Every identifier by which the hub knows the user. Use those the service knows, ignore the rest.
 * The lists are the handler's own.
 */
export interface User {
  /** Uids of all the user's accounts, the primary one first; at least one. */
  uids: string[];
  userIds: string[];
  phoneIds: string[];
  personalPhoneIds: string[];
  personalEmailIds: string[];
}

/** What a status handler is given. */
export interface StatusRequest extends User {
  /** The portal's name for its request, where it sent one. May hide personal data: do not log it. */
  requestId?: string;
  /** Aborts when the answer would come too late (30 s) or the service must stop. */
  signal: AbortSignal;
}

/** What a delete handler is given. */
export interface DeleteRequest extends User {
  /** The fence: what was created up to and including this moment goes, what is later must survive. */
  before: Date;
  /** The deletion; the same in every repeat. */
  deletionId: string;
  /** The number of the hub's call, growing with each. */
  attempt: number;
  /** What stands as `yandex_uid` in a report of the deletion, for who reports it by itself. */
  reportUid: string;
  /** How far the last run came, if it was broken off: what it gave to `progress` last. */
  resumed: Progress | undefined;
  /**
   * Notes how far long work has come: call it after each batch. Rejects when the work has to stop,
   * so that a loop that awaits it needs no other look at `signal`. With a store it is kept, at most
   * once a second.
   * @param total - how much there is in all, where that is known.
   */
  progress(done: number, total?: number): Promise<void>;
  /** The portal's name for its request, where it sent one. May hide personal data: do not log it. */
  requestId?: string;
  /** Aborts after 24 hours, or when the service must stop and has waited long enough. */
  signal: AbortSignal;
}

/**
 * What a user has in a category. `denied("…")` says that a deletion would be refused now. Data that
 * the law obliges to keep does not count.
 */
export type StatusResult = "empty" | "ready_to_delete" | "delete_in_progress" | Denied;

/** What a service does for one category. An unknown user is no error: `empty`, `nothingFound()`. */
export interface CategoryHandlers {
  /**
   * Tells what the user has. Not asked while a deletion of this user and category runs in this
   * process, or stands in the store: the answer is `delete_in_progress`.
   */
  status(request: StatusRequest): Promise<StatusResult>;
  /**
   * Deletes what was created up to `before`. Must be safe to run again for the same deletion: a
   * process may die between the work and its report. Never runs twice at once for the same
   * deletion and category in one process, with a store in none. A thrown error is reported and tried again by the hub.
   */
  delete(request: DeleteRequest): Outcome | Promise<Outcome>;
  /**
   * Runs `delete` within the call although the service has a store: for what is done in
   * milliseconds. Default `false`.
   */
  inline?: boolean;
  /** What is exported where the hub asks for this category. */
  exports?: readonly ExportItem[];
}

/** A category and what the service does for it. */
export interface Category extends CategoryHandlers {
  id: string;
  delete(request: DeleteRequest): Promise<Outcome>;
}

/** The same, of which the status may be given at once. */
type SyncHandlers = Omit<CategoryHandlers, "status"> & {
  status(request: StatusRequest): StatusResult | Promise<StatusResult>;
};

const handlerNames = {
  status: 1,
  delete: 1,
  inline: 1,
  exports: 1,
} satisfies Record<keyof CategoryHandlers, 1>;

// By a name that all copies of this package share.
const made = Symbol.for("takeout-sdk.category");

/** Whether category() made it: what it fills in is relied on. */
export function isCategory(value: unknown): value is Category {
  return made in Object(value);
}

/**
 * Describes one category the service holds.
 * @param id - the hub's stable id of it.
 * @throws TypeError when the id or a handler is missing.
 */
export function category(id: string, handlers: CategoryHandlers): Category;
// Not one for both: of a union the compiler would take what `async () => "empty"` gives for any string.
export function category(id: string, handlers: SyncHandlers): Category;
export function category(id: string, handlers: SyncHandlers): Category {
  if (typeof id !== "string" || !/^[!-~]{1,64}$/.test(id)) {
    throw new TypeError('category: give its id as text, for example category("4", …)');
  }
  for (const name of ["status", "delete"] as const) {
    if (typeof handlers?.[name] !== "function") {
      throw new TypeError(`category ${id}: give a ${name} function`);
    }
  }
  checkKeys(handlers, handlerNames, `category ${id}`);
  return {
    id,
    ...{ [made]: true },
    // Also of a handler that is not async, what is thrown becomes a rejection.
    status: async (request) => handlers.status(request),
    delete: async (request) => handlers.delete(request),
    inline: handlers.inline ?? false,
    exports: handlers.exports ?? [],
  };
}
