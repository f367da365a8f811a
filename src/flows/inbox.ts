/** Collects what arrives while its reader is busy, and gives it all at once. */
export interface Inbox<T> {
  put(item: T): void;
  /** Waits until there is at least one. */
  arrival(): Promise<void>;
  /** Waits for at least one. */
  takeAll(): Promise<T[]>;
  /** What is there, without waiting. */
  takeRest(): T[];
}

export function createInbox<T>(): Inbox<T> {
  let items: T[] = [];
  let wake = Promise.withResolvers<void>();
  const takeRest = () => {
    const taken = items;
    items = [];
    wake = Promise.withResolvers<void>();
    return taken;
  };
  return {
    put(item) {
      items.push(item);
      wake.resolve();
    },
    arrival: () => wake.promise,
    async takeAll() {
      await wake.promise;
      return takeRest();
    },
    takeRest,
  };
}
