import type { Ground } from "./ground.ts";

/** A figure that stands by itself, not beside another system's. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** How many times it was measured, to know what its percentiles are worth. */
  readonly of: number;
  /** Must be; and what we want to publish. */
  readonly atMost?: number;
  readonly aim?: number;
}

/** What is not loaded by rounds: recovery, starts, lists. */
export interface Trial {
  readonly name: string;
  readonly title: string;
  run(ground: Ground, pace: TrialPace): Promise<Tried>;
}

export interface TrialPace {
  /** A tenth of it, to see that it runs. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

export interface Tried {
  readonly figures: readonly Figure[];
  readonly wrong: readonly string[];
}

/** A trial as it went. */
export interface TriedOut extends Tried {
  readonly name: string;
  readonly title: string;
}
