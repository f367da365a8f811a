import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import type { Rate } from "../../config/types.ts";
import { createBoundedKeys } from "../../domain/bounded-keys.ts";

/** How often each of many keys may come. The window of a key begins with its first request. */
export interface Limit {
  /** Counts a request. @returns `null` where it may pass, else after how many whole seconds one may. */
  take(key: string): Promise<number | null>;
  /** Takes back what `take` has just counted. */
  giveBack(key: string): Promise<void>;
  /** How many keys are counted at the moment. */
  size(): number;
}

/**
 * How many keys are counted at once, some 600 bytes each. Beyond that the count of one that did not come again is
 * forgotten: in doubt somebody passes too often, and nobody is refused for it.
 */
const mostKeys = 100_000;

/** @param capacity - the most keys counted at once. */
export function createLimit(rate: Rate, capacity: number = mostKeys): Limit {
  const limiter = new RateLimiterMemory({
    points: rate.count,
    duration: rate.perMs / 1_000,
    keyPrefix: "",
  });
  // The library itself holds a key and a timer for everybody who comes within a window, however many they are.
  const keys = createBoundedKeys(capacity, (key) => void limiter.delete(key));
  return {
    take(key) {
      keys.see(key);
      return limiter.consume(key).then(
        () => null,
        ({ msBeforeNext }: RateLimiterRes) =>
          // The library reads the wall clock, which may be set back; its timer, which ends the window, does not.
          Math.ceil(Math.min(msBeforeNext, rate.perMs) / 1_000),
      );
    },
    async giveBack(key) {
      if (keys.has(key)) await limiter.reward(key);
    },
    size: () => limiter.dump().storage.length,
  };
}
