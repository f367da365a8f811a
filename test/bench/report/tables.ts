import { type Goal, type Judged, judge } from "../goals.ts";
import type { Measured, Sample } from "../operation.ts";
import { spreadOf } from "../statistics.ts";
import { isAimReached, isFloorMissed, type TriedOut } from "../trial.ts";
import { short, spread, table, times, whole } from "./cells.ts";

/** Whether it is the hub beside itself, with more in its tables or with more services. */
export const isGrown = ({ name }: Measured) => /-(10x|100)$/.test(name);

function figuresOf(measured: Measured, who: string, of: (sample: Sample) => number | null) {
  const run = measured.runs.find(({ name }) => name === who);
  return run?.samples.flatMap((sample) => of(sample) ?? []) ?? [];
}

function rateOf(measured: Measured, who: string): string {
  const rates = figuresOf(measured, who, ({ perSecond }) => perSecond);
  return rates.length > 0 ? spread(spreadOf(rates), whole) : "–";
}

/** The goals, one a line, each beside what it is compared with. */
export function goalsTable(all: readonly Measured[]): string[] {
  const lines = all.flatMap((measured) =>
    judge(measured).map((judged) => goalLine(measured, judged)),
  );
  const head = ["Operation", "Hub", "Compared with", "Its figure", "Ratio", "Floor", "Aim", ""];
  return table(head, lines, ["Compared with", ""]);
}

function goalLine(measured: Measured, { goal, value, verdict }: Judged): string[] {
  const { figure, ours, versus } = goal;
  const unit = figure === "perSecond" ? measured.unit : figure === "p99Ms" ? "p99, ms" : figure;
  const shown = verdict === "FLOOR MISSED" ? `**${verdict}**` : verdict;
  const own = goalFigure(measured, ours, figure);
  const theirs = versus === null ? "–" : goalFigure(measured, versus, figure);
  const ratio = versus === null ? "–" : times(value);
  const aim = goal.aim === undefined ? "" : `${sign(goal)} ${goal.aim}`;
  const name = `${measured.title}, ${unit}`;
  return [name, own, comparedWith(goal), theirs, ratio, floorOf(goal), aim, shown];
}

function comparedWith({ ours, versus }: Goal): string {
  if (versus === null) return "–";
  return versus === "hub" && ours !== versus ? "itself with a tenth" : versus;
}

function sign({ floor }: Goal): string {
  return "atLeast" in floor ? "≥" : "≤";
}

function floorOf(goal: Goal): string {
  const { floor } = goal;
  return `${sign(goal)} ${"atLeast" in floor ? floor.atLeast : floor.atMost}`;
}

function goalFigure(measured: Measured, who: string, figure: string): string {
  if (figure === "perSecond") return rateOf(measured, who);
  const own = (sample: Sample) =>
    (figure === "p99Ms" ? sample.p99Ms : sample.also?.[figure]) ?? null;
  const figures = figuresOf(measured, who, own);
  return figures.length > 0 ? spread(spreadOf(figures)) : "–";
}

/** Everybody's rates and times. */
export function everybodyTable(all: readonly Measured[]): string[] {
  const lines = all.flatMap((measured) =>
    measured.runs.map(({ name }, at) => {
      const p99 = figuresOf(measured, name, ({ p99Ms }) => p99Ms);
      return [
        ...[at === 0 ? measured.title : "", name, rateOf(measured, name), measured.unit],
        p99.length > 0 ? spread(spreadOf(p99)) : "–",
      ];
    }),
  );
  const head = ["Operation", "Who", "Rate", "Unit", "p99, ms"];
  return table(head, lines, ["Who", "Unit"]);
}

/** What a deletion from end to end costs. */
export function costTable(all: readonly Measured[]): string[] {
  const ends = all.filter((measured) => measured.name.startsWith("end-to-end"));
  const names = [
    ...new Set(ends.flatMap(({ runs }) => Object.keys(runs[0]?.samples[0]?.also ?? {}))),
  ];
  const lines = ends.flatMap((measured) =>
    measured.runs.map(({ name: who }) => [
      ...[isGrown(measured) ? measured.title : "deletions end to end, ten services", who],
      ...names.map((name) => {
        const figures = figuresOf(measured, who, ({ also }) => also?.[name] ?? null);
        return figures.length > 0 ? spread(spreadOf(figures)) : "–";
      }),
    ]),
  );
  return table(["Operation", "Who", ...names], lines, ["Who"]);
}

export function trialTable({ figures }: TriedOut): string[] {
  const lines = figures.map((figure) => {
    const { name, unit, value, of, atMost, atLeast, aim } = figure;
    const reached = isAimReached(figure) ? "aim reached" : "floor met";
    const judged = isFloorMissed(figure) ? "**FLOOR MISSED**" : reached;
    const verdict = atMost === undefined && atLeast === undefined ? "" : judged;
    const sign = atLeast === undefined ? "≤" : "≥";
    const limit = (bound: number | undefined) => (bound === undefined ? "" : `${sign} ${bound}`);
    const seen = unit === "" ? whole(value) : `${short(value)} ${unit}`;
    return [name, seen, whole(of), limit(atMost ?? atLeast), limit(aim), verdict];
  });
  return table(["Figure", "Seen", "Measured", "Floor", "Aim", ""], lines, [""]);
}
