/** A growing list that can be waited on. */
export interface Recorded<T> {
  readonly all: readonly T[];
  add(item: T): void;
  /**
   * Resolves with what `look` first finds in the list, now or after something was added, or with
   * `undefined` after `ms` milliseconds.
   */
  waitFor<R>(look: (all: readonly T[]) => R | undefined, ms: number): Promise<R | undefined>;
}

// A service that repeats its reports without end must not fill the memory of whoever checks it.
const mostItems = 20_000;

export function createRecorded<T>(): Recorded<T> {
  const all: T[] = [];
  const watchers = new Set<() => void>();

  function add(item: T): void {
    if (all.length >= mostItems) return;
    all.push(item);
    for (const watch of watchers) watch();
  }

  function waitFor<R>(look: (all: readonly T[]) => R | undefined, ms: number) {
    return new Promise<R | undefined>((resolve) => {
      const end = (found: R | undefined) => {
        clearTimeout(timer);
        watchers.delete(watch);
        resolve(found);
      };
      const timer = setTimeout(end, ms, undefined);
      const watch = () => {
        const found = look(all);
        if (found !== undefined) end(found);
      };
      watchers.add(watch);
      watch();
    });
  }

  return { all, add, waitFor };
}
