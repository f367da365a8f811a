import type { Call } from "./waiting-calls.ts";

/** Calls that failed in company, or were left undone there: each is made by itself. */
export interface LoneCalls<Input, Output> {
  /** Of those that wait. */
  readonly size: number;
  /** Makes it as soon as there is room; not at all when nobody waits for it any more. */
  add(call: Call<Input, Output>): void;
  /** Forgets a call whose caller gave up, where it was not made yet. */
  leave(call: Call<Input, Output>): void;
}

/**
 * @param atOnce - calls under way at once, in the order in which they came.
 * @param onEnd - told of each that was made, or that nobody wants.
 */
export function createLoneCalls<Input, Output>(
  atOnce: number,
  make: (call: Call<Input, Output>) => Promise<void>,
  onEnd: (call: Call<Input, Output>) => void,
): LoneCalls<Input, Output> {
  const line = new Set<Call<Input, Output>>();
  let underWay = 0;
  const fill = () => {
    for (const call of line) {
      if (underWay === atOnce) return;
      line.delete(call);
      underWay += 1;
      void makeOne(call);
    }
  };
  const makeOne = async (call: Call<Input, Output>) => {
    await make(call);
    underWay -= 1;
    fill();
    onEnd(call);
  };
  return {
    get size() {
      return line.size;
    },
    add(call) {
      if (!call.isWanted()) return onEnd(call);
      line.add(call);
      fill();
    },
    leave(call) {
      if (line.delete(call)) onEnd(call);
    },
  };
}
