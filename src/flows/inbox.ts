/** Collects what arrives while its reader is busy, and gives it all at once. */
export interface Inbox<T> {
  /** @param withinMs - so long its reader may be left waiting for more; by default it is woken at once. */
  put(item: T, withinMs?: number): void;
  /** Ends its reader's wait. */
  wake(): void;
  /** Waits until there is at least one. */
  arrival(): Promise<void>;
  /** All that is there, without waiting. */
  take(): T[];
}

export function createInbox<T>(): Inbox<T> {
  let items: T[] = [];
  let woken = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const wake = () => woken.resolve();
  return {
    wake,
    put(item, withinMs = 0) {
      items.push(item);
      if (withinMs === 0) wake();
      else timer ??= setTimeout(wake, withinMs);
    },
    arrival: () => woken.promise,
    take() {
      clearTimeout(timer);
      timer = undefined;
      const taken = items;
      items = [];
      woken = Promise.withResolvers<void>();
      return taken;
    },
  };
}
