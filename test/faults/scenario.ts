import type { Dice } from "../support/random.ts";
import type { Load, LoadProgress } from "./client.ts";
import type { Nemesis } from "./nemesis.ts";
import type { Seen } from "./seen.ts";
import type { Mood } from "./services/moods.ts";
import type { Setup, Stage } from "./stage.ts";

/** A fault and what must show, as a row of data; a file of `scenarios/` exports one as `scenario`. */
export interface Scenario {
  /** Scenarios run in this order. */
  readonly order: number;
  readonly name: string;
  /** What befalls the hub, in words. */
  readonly fault: string;
  /** What must show, in words. */
  readonly mustShow: string;
  readonly setup: Setup;
  readonly mood: Mood;
  readonly load: Load;
  /** Strikes until the signal, or until it has done enough; begins with the load. */
  readonly strike?: (act: Act) => Promise<void>;
  /** Until when it strikes: the load is answered, or everything accepted is closed (default). */
  readonly strikesUntil?: "loaded" | "closed" | "done";
  /** How long all may take to be closed after the load and the strikes, in ms; default three minutes. */
  readonly patienceMs?: number;
  /** Holds nothing against goals of time, which a busy machine may miss. */
  readonly isUntimed?: boolean;
  readonly figures: readonly Figure[];
}

/** What a scenario's faults work with. */
export interface Act {
  readonly stage: Stage;
  readonly nemesis: Nemesis;
  readonly dice: Dice;
  readonly progress: Readonly<LoadProgress>;
  /** How many deletions are open now; `null` while the database is away. */
  readonly countOpen: () => Promise<number | null>;
  readonly stopping: AbortSignal;
}

/** A number that a run is held to. */
export interface Figure {
  readonly name: string;
  readonly unit?: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /** Not a number: nothing was measured, which is a miss. */
  readonly of: (seen: Seen) => number;
}

export interface FigureResult extends Omit<Figure, "of"> {
  readonly value: number;
  readonly isMet: boolean;
}

export function judgeFigure({ of, ...figure }: Figure, seen: Seen): FigureResult {
  const value = of(seen);
  const { limit } = figure;
  const isMet = "atLeast" in limit ? value >= limit.atLeast : value <= limit.atMost;
  return { ...figure, value, isMet };
}
