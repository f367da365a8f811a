/** A clock that never goes back, and something to be woken by. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Runs the task once, later. @returns what calls it off. */
  after(delayMs: number, task: () => void): () => void;
}

/** Its waiting tasks do not keep the process from ending. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
