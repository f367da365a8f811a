import type { Ground } from "./ground.ts";

/** What one timed run of one contender came to. */
export interface Sample {
  readonly perSecond: number;
  /** How many of the unit there were. */
  readonly done: number;
  /** In ms; `null` where it cannot be had. */
  readonly p99Ms: number | null;
  /** What was not as it should be, in words: one is enough to make the whole run void. */
  readonly wrong: readonly string[];
  /** Further figures, by name. */
  readonly also?: Readonly<Record<string, number>>;
}

/** Does a load and watches it, without what prepares and checks it. */
export type Watch = <Result>(load: () => Promise<Result>) => Promise<Result>;

export const unwatched: Watch = (load) => load();

/** Who takes part in an operation, in every round. */
export interface Contender {
  readonly name: string;
  measure(seconds: number, watch?: Watch): Promise<Sample>;
}

export interface Operation {
  readonly name: string;
  readonly title: string;
  /** Of `perSecond`. */
  readonly unit: string;
  /** How many times longer its turns are than those of others: one of its unit must be short beside a turn. */
  readonly longer: number;
  /** Puts up everything that the rounds need; `stack` takes it down. */
  start(ground: Ground, stack: AsyncDisposableStack): Promise<readonly Contender[]>;
}

export interface Run {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** An operation as it was measured. */
export interface Measured {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** In a round. */
  readonly turns: number;
  /** Of a turn. */
  readonly seconds: number;
  readonly runs: readonly Run[];
}

/** What was wrong in any of its runs, with who it was. */
export function wrongsOf({ name, runs }: Measured): string[] {
  return runs.flatMap((run) =>
    run.samples.flatMap(({ wrong }) => wrong.map((what) => `${name}, ${run.name}: ${what}`)),
  );
}
