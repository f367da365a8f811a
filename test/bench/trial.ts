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
  readonly atLeast?: number;
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
  readonly rounds: number;
  /** Sizes of exports, and where these lie. */
  readonly gib: readonly number[];
  readonly driver: "fs" | "s3";
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

/** @returns whether it has a floor, and does not meet it. */
export function isFloorMissed({ value, atMost, atLeast }: Figure): boolean {
  const isLow = atLeast !== undefined && !(value >= atLeast);
  return isLow || (atMost !== undefined && !(value <= atMost));
}

/** @returns whether it has an aim, and reaches it. */
export function isAimReached({ value, aim, atLeast }: Figure): boolean {
  return aim !== undefined && (atLeast === undefined ? value <= aim : value >= aim);
}
