/** Knows what is still under way, and ends a service in order. */
export interface Closing {
  /** Aborts when waiting is over. */
  stop: AbortSignal;
  isClosing(): boolean;
  /** Counts a piece of work as under way until it settles. */
  track(work: Promise<unknown>): void;
  close(withinMs: number): Promise<void>;
}

export function createClosing(): Closing {
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  function track(work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
  }

  async function drain(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  async function end(withinMs: number): Promise<void> {
    const timer = setTimeout(() => stopping.abort(new Error("the service is closing")), withinMs);
    await drain();
    clearTimeout(timer);
  }

  return {
    stop: stopping.signal,
    isClosing: () => closed !== undefined,
    track,
    close: (withinMs) => {
      closed ??= end(withinMs);
      return closed;
    },
  };
}
