import { type Clock, systemClock } from "../clock.ts";
import type { Accepted, Outcome } from "./outcome.ts";
import { unavailable } from "./problem.ts";

/** What became of a run. `failed`: to be tried again. */
export type Result = Outcome | { kind: "failed" };

/** A result of which the hub is to be told. */
export type EndedResult = Exclude<Result, Accepted>;

/** A run that has ended. */
export interface Finished<R = EndedResult> {
  result: R;
  /** The fence it obeyed. */
  before: Date;
  completedAt: Date;
}

/** What is asked of one pair of deletion and category. */
export interface PairRun {
  key: string;
  category: string;
  uids: readonly string[];
  before: Date;
  work: (before: Date) => Promise<Result>;
}

/** Remembers what runs and what is done, so that each pair of deletion and category runs once. */
export interface Pairs {
  /**
   * Joins the running work of the pair, gives what is remembered of it, or starts it. Never with a
   * later fence than the pair was first asked with.
   */
  join(run: PairRun): Promise<Finished<Result>>;
  /** @throws Refusal `unavailable` when so many more would be too many at once. */
  admit(count: number): void;
  /** Whether work for one of these accounts is under way in the category. */
  isRunning(category: string, uids: readonly string[]): boolean;
}

interface Pair {
  before: Date;
  running?: Promise<Finished<Result>> | undefined;
  done?: Finished<Result>;
}

/**
 * Everything is in memory and bounded: a process that dies forgets, and the hub asks again.
 * @param limits.running - pairs under way at once; the next call is put off.
 * @param limits.remembered - pairs; the one unused for longest is forgotten first.
 */
export function createPairs(
  limits: { running: number; remembered: number },
  clock: Clock = systemClock,
): Pairs {
  const pairs = new Map<string, Pair>();
  const users = new Map<string, number>();
  let runningCount = 0;

  function admit(count: number): void {
    if (runningCount + count > limits.running) throw unavailable("unavailable");
  }

  function join(run: PairRun): Promise<Finished<Result>> {
    const pair = pairs.get(run.key) ?? { before: run.before };
    pairs.delete(run.key);
    pairs.set(run.key, pair);
    forgetOldest();
    if (pair.done) return Promise.resolve(pair.done);
    pair.running ??= start(pair, run);
    return pair.running;
  }

  async function start(
    pair: Pair,
    { category, uids, before, work }: PairRun,
  ): Promise<Finished<Result>> {
    if (before < pair.before) pair.before = before;
    count(category, uids, 1);
    runningCount++;
    try {
      const result = await work(pair.before);
      const finished = { result, before: pair.before, completedAt: new Date(clock.now()) };
      if (isDone(result)) pair.done = finished;
      return finished;
    } finally {
      runningCount--;
      count(category, uids, -1);
      pair.running = undefined;
    }
  }

  function count(category: string, uids: readonly string[], change: 1 | -1): void {
    for (const uid of new Set(uids)) {
      const key = userKey(category, uid);
      const runs = (users.get(key) ?? 0) + change;
      if (runs > 0) users.set(key, runs);
      else users.delete(key);
    }
  }

  function forgetOldest(): void {
    if (pairs.size <= limits.remembered) return;
    for (const [key, pair] of pairs) {
      if (pair.running) continue;
      pairs.delete(key);
      return;
    }
  }

  return {
    join,
    admit,
    isRunning: (category, uids) => uids.some((uid) => users.has(userKey(category, uid))),
  };
}

/** Whether the work need not run again. A failure or a denial may end otherwise next time. */
function isDone({ kind }: Result): boolean {
  return !["failed", "fatal", "denied", "accepted"].includes(kind);
}

function userKey(category: string, uid: string): string {
  return `${category}\n${uid}`;
}
