import type { IndexedHistory } from "./indexed.ts";

/** What one look at a history came to. */
export interface Look {
  /** How many things it looked at: where it is 0, nothing can be said. */
  readonly seen: number;
  /** A line for each thing that is not as it must be. */
  readonly violations: readonly string[];
}

export interface Invariant {
  /** The rule of the hub that it holds the history against. */
  readonly rule: string;
  /** What is counted. */
  readonly unit: string;
  readonly look: (history: IndexedHistory) => Look;
}

/** Looks at each thing by itself. @param judge - what is wrong with it; nothing where all is well. */
export function lookAtEach<Thing>(
  things: readonly Thing[],
  judge: (thing: Thing) => string | readonly string[] | undefined | false,
): Look {
  const violations = things.flatMap((thing) => judge(thing) || []);
  return { seen: things.length, violations };
}
