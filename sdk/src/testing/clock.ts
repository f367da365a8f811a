import type { Clock } from "../clock.ts";

/** A clock that stands still until it is moved. */
export interface TestClock extends Clock {
  /** How many wait for it now. */
  readonly waiting: number;
  /** Moves it, stopping at each moment that somebody waits for, and lets them get on. */
  advance(ms: number): Promise<void>;
}

interface Waiter {
  at: number;
  wake: () => void;
}

/** @param startsAt - its first moment; now by default. */
export function createTestClock(startsAt: Date = new Date()): TestClock {
  const waiters = new Set<Waiter>();
  let now = startsAt.getTime();

  function wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const waiter = { at: now + ms, wake };
      waiters.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });

      function wake(): void {
        waiters.delete(waiter);
        signal?.removeEventListener("abort", abort);
        resolve();
      }
      function abort(): void {
        waiters.delete(waiter);
        reject(signal?.reason);
      }
    });
  }

  async function advance(ms: number): Promise<void> {
    const until = now + ms;
    for (;;) {
      const next = await nextWithin(until);
      if (!next) break;
      now = Math.max(now, next.at);
      next.wake();
    }
    now = until;
  }

  /**
   * Whoever was woken gets a few turns to go to wait again, and many where nobody else is due: a ticket is signed and
   * checked by other threads, which a busy machine lets wait.
   */
  async function nextWithin(until: number): Promise<Waiter | undefined> {
    await letTurnsPass(10);
    for (let more = 0; more < 10; more++) {
      const next = [...waiters].sort((one, other) => one.at - other.at)[0];
      if (next && next.at <= until) return next;
      await letTurnsPass(5);
    }
    return undefined;
  }

  return {
    now: () => now,
    wait,
    advance,
    get waiting() {
      return waiters.size;
    },
  };
}

async function letTurnsPass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
