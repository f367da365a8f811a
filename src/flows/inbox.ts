/** Collects what arrives while its reader is busy, and gives it all at once. */
export interface Inbox<T> {
  put(item: T): void;
  /** Waits until there is at least one. */
  arrival(): Promise<void>;
  /** All that is there, without waiting. */
  take(): T[];
}

export function createInbox<T>(): Inbox<T> {
  let items: T[] = [];
  let wake = Promise.withResolvers<void>();
  return {
    put(item) {
      items.push(item);
      wake.resolve();
    },
    arrival: () => wake.promise,
    take() {
      const taken = items;
      items = [];
      wake = Promise.withResolvers<void>();
      return taken;
    },
  };
}
