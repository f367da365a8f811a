import type { Measured, Sample } from "./operation.ts";
import { ratioOf, type Spread, spreadOf } from "./statistics.ts";

/** What must be, and what we want to publish: ratios within one run, since only they say anything on another machine. */
export interface Goal {
  readonly operation: string;
  readonly ours: string;
  /** `null`: the figure by itself. */
  readonly versus: string | null;
  /** `perSecond`, `p99Ms`, or the name of a further figure. */
  readonly figure: string;
  readonly floor: { readonly atLeast: number } | { readonly atMost: number };
  readonly aim?: number;
}

const rate = "perSecond";
const p99 = "p99Ms";

function goal(
  operation: string,
  [ours, versus]: readonly [string, string],
  [floor, aim]: readonly [number, number?],
): Goal {
  const least = { atLeast: floor };
  return { operation, ours, versus, figure: rate, floor: least, ...(aim && { aim }) };
}

function p99Goal(operation: string, most: number): Goal {
  return { operation, ours: "hub", versus: "peer", figure: p99, floor: { atMost: most } };
}

const toPeer = ["hub", "peer"] as const;
const toPgbench = ["hub", "pgbench"] as const;
const moreParts = ["hub, 10× parts", "hub"] as const;
const moreServices = ["hub, 100 services", "hub"] as const;
const toPeerOfMany = ["hub, 100 services", "peer, 100 services"] as const;

const goals: readonly Goal[] = [
  goal("status-new", toPeer, [1.6, 2.5]),
  p99Goal("status-new", 0.8),
  goal("status-known", toPeer, [1.6, 2.5]),
  goal("report", toPeer, [1.7, 2.5]),
  goal("report", toPgbench, [1, 1.3]),
  goal("accept", toPeer, [3, 5]),
  goal("accept", toPgbench, [1.8, 3]),
  p99Goal("accept", 0.5),
  goal("end-to-end", toPeer, [1.8, 3]),
  {
    ...{ operation: "end-to-end", ours: "hub", versus: null, figure: "calls per part" },
    floor: { atMost: 1 },
  },
  goal("status-new-10x", moreParts, [0.85, 0.95]),
  goal("report-10x", moreParts, [0.85, 0.95]),
  goal("accept-10x", moreParts, [0.85, 0.95]),
  goal("end-to-end-10x", moreParts, [0.85, 0.95]),
  goal("status-new-100", moreServices, [0.5, 0.7]),
  goal("status-new-100", toPeerOfMany, [1.3]),
  goal("accept-100", moreServices, [0.3, 0.5]),
  goal("accept-100", toPeerOfMany, [2.5]),
  goal("end-to-end-100", moreServices, [0.9, 1]),
];

export type Verdict = "aim reached" | "floor met" | "FLOOR MISSED";

export interface Judged {
  readonly goal: Goal;
  readonly value: Spread;
  readonly verdict: Verdict;
}

/** @returns those goals of an operation that can be judged: who was left out cannot be compared with. */
export function judge(measured: Measured): Judged[] {
  return goals
    .filter(({ operation }) => operation === measured.name)
    .flatMap((goal) => {
      const value = readGoal(goal, measured);
      return value ? [{ goal, value, verdict: verdictOf(goal, value.median) }] : [];
    });
}

function readGoal({ ours, versus, figure }: Goal, { runs }: Measured): Spread | null {
  const figures = (name: string) =>
    runs
      .find((run) => run.name === name)
      ?.samples.flatMap((sample) => figureOf(sample, figure) ?? []) ?? [];
  const own = figures(ours);
  if (own.length === 0) return null;
  if (versus === null) return spreadOf(own);
  const theirs = figures(versus);
  return theirs.length === 0 ? null : ratioOf(own, theirs);
}

function figureOf(sample: Sample, name: string): number | null {
  if (name === rate) return sample.perSecond;
  return name === p99 ? sample.p99Ms : (sample.also?.[name] ?? null);
}

function verdictOf({ floor, aim }: Goal, median: number): Verdict {
  const reaches = (limit: number) => ("atLeast" in floor ? median >= limit : median <= limit);
  const least = "atLeast" in floor ? floor.atLeast : floor.atMost;
  if (!reaches(least)) return "FLOOR MISSED";
  return aim !== undefined && reaches(aim) ? "aim reached" : "floor met";
}
