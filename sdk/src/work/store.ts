/** What a store keeps of one piece of work. JSON; a store need not look into it. */
export type WorkBody = { readonly [name: string]: unknown };

/** What is to be kept of one piece of work from now on. */
export interface WorkChange {
  body: WorkBody;
  /**
   * Whose work it is, while it is open: names that `isOpen` is asked for. They bear identifiers of
   * users; empty once the work is over.
   */
  users: readonly string[];
  /** What is to be done next: run a handler, which may take hours, or report, which takes seconds. */
  lane: "run" | "report";
  /**
   * In how many milliseconds it is to be performed. Null: never again. Absent: when it would have
   * been, or is being, performed anyway.
   */
  wakeInMs?: number | null;
}

/**
 * Performs one piece of work. Rejects when the work could not be done or noted; it is then to be
 * performed again some time later.
 */
export type Perform = (key: string, signal: AbortSignal) => Promise<void>;

/** Performs what is due, until it is stopped. */
export interface WorkRunner {
  /** Takes on nothing more; after `withinMs` milliseconds aborts what still runs, and waits for it. */
  stop(withinMs: number): Promise<void>;
}

/**
 * Where a service keeps the work that must survive its process. A key has at most 300 visible ASCII
 * characters and blanks, and names no user; it begins with the service's name, a colon and a blank, after which come
 * `delete` or `export`. Run exports in places of their own: four slow uploads must not hold up a deletion.
 * Bodies have what the hub sent of the user until the work is over.
 *
 * `createPostgresStore` of `takeout-sdk/postgres` is one, `createMemoryStore` of `takeout-sdk/testing`
 * another; write your own to use another database or queue.
 */
export interface WorkStore {
  /**
   * Puts what `change` makes of each piece of work in its place, each atomically, and resolves when
   * that survives a crash. `change` is synchronous, may be called again, and gives undefined to leave
   * what is there.
   * @param keys - without duplicates.
   */
  change(
    keys: readonly string[],
    change: (key: string, before: WorkBody | undefined) => WorkChange | undefined,
  ): Promise<void>;
  /** Whether any work bears one of these users. */
  isOpen(users: readonly string[]): Promise<boolean>;
  /**
   * From now on performs each piece of work when its time has come: never twice at once for one key,
   * in whatever process; again if performing rejects; and soon if the process that performed it dies.
   * @param owner - the service: where several share a store, keys that begin with the name of another
   *   are not for it.
   */
  start(perform: Perform, onError: (error: unknown) => void, owner?: string): Promise<WorkRunner>;
}
