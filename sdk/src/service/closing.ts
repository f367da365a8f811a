import { startTimer } from "../deadline.ts";

/** Knows what is still under way, and ends a service in order. */
export interface Closing {
  /** Aborts when waiting is over. */
  stop: AbortSignal;
  isClosing(): boolean;
  /** Counts a piece of work as under way until it settles. */
  track(work: Promise<unknown>): void;
  /** The same of a call, until waiting is over: its body may come for ever. Gives what it was given. */
  trackCall<T>(answer: Promise<T>): Promise<T>;
  close(withinMs: number): Promise<void>;
}

export function createClosing(): Closing {
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const calls = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  function add(to: Set<Promise<unknown>>, work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    );
    to.add(settled);
    void settled.then(() => to.delete(settled));
  }

  function trackCall<T>(answer: Promise<T>): Promise<T> {
    // One that comes later is refused at once.
    if (!closed) add(calls, answer);
    return answer;
  }

  async function drain(): Promise<void> {
    if (calls.size > 0) {
      const stopped = new Promise((over) => stopping.signal.addEventListener("abort", over));
      await Promise.race([Promise.all(calls), stopped]);
      // Whoever writes an answer out gets a turn: the process may end next.
      await new Promise((over) => setTimeout(over, 0));
    }
    while (underWay.size > 0) await Promise.all(underWay);
  }

  async function end(withinMs: number): Promise<void> {
    const timer = startTimer(() => stopping.abort(new Error("the service is closing")), withinMs);
    await drain();
    clearTimeout(timer);
  }

  return {
    stop: stopping.signal,
    isClosing: () => closed !== undefined,
    track: (work) => add(underWay, work),
    trackCall,
    close: (withinMs) => {
      closed ??= end(withinMs);
      return closed;
    },
  };
}
