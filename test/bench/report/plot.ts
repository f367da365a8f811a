import { type Goal, judge } from "../goals.ts";
import type { Measured } from "../operation.ts";
import type { Spread } from "../statistics.ts";

interface Bar {
  readonly label: string;
  readonly value: Spread;
  readonly floor: number;
  readonly aim: number | null;
}

const [width, left, right, top, rowHeight, barHeight] = [860, 330, 60, 56, 34, 16];
const text = 'font-family="sans-serif" font-size="12"';

/** The rates that have goals, as bars: how many times those of the peer, of pgbench, or of itself. */
export function drawPlot(all: readonly Measured[]): string {
  const bars = all.flatMap((measured) =>
    judge(measured).flatMap(({ goal, value }) =>
      goal.figure === "perSecond" && goal.versus !== null
        ? [{ label: labelOf(measured, goal), value, floor: leastOf(goal), aim: goal.aim ?? null }]
        : [],
    ),
  );
  const most = Math.max(1, ...bars.flatMap(({ value, aim }) => [value.max, aim ?? 0])) * 1.05;
  const x = (ratio: number) => left + (ratio / most) * (width - left - right);
  const height = top + bars.length * rowHeight + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>The hub's rates, as multiples of what they are compared with</title>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...legend(),
    ...grid(most, x, height),
    ...bars.flatMap((bar, at) => drawBar(bar, top + at * rowHeight, x)),
    "</svg>",
    "",
  ].join("\n");
}

function labelOf({ title }: Measured, { ours, versus }: Goal): string {
  const beside = versus === "hub" && ours !== versus ? "itself" : versus?.replace(/,.*/, "");
  return `${title} / ${beside}`.replace(" from the ledger", "");
}

function leastOf({ floor }: Goal): number {
  return "atLeast" in floor ? floor.atLeast : floor.atMost;
}

function legend(): string[] {
  const y = 20;
  return [
    `<rect x="${left}" y="${y - 10}" width="22" height="12" fill="#4a7ab5"/>`,
    `<text x="${left + 28}" y="${y}" ${text}>median, with least and most</text>`,
    `<line x1="${left + 214}" x2="${left + 214}" y1="${y - 12}" y2="${y + 4}" stroke="#b3261e" stroke-width="2"/>`,
    `<text x="${left + 220}" y="${y}" ${text}>floor</text>`,
    `<line x1="${left + 268}" x2="${left + 268}" y1="${y - 12}" y2="${y + 4}" stroke="#2e7d32" stroke-width="2"/>`,
    `<text x="${left + 274}" y="${y}" ${text}>aim</text>`,
  ];
}

function grid(most: number, x: (ratio: number) => number, height: number): string[] {
  const step = most > 4 ? 1 : 0.5;
  const lines: string[] = [];
  for (let ratio = 0; ratio <= most; ratio += step) {
    const colour = ratio === 1 ? "#777" : "#ddd";
    lines.push(
      `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="${top - 12}" y2="${height - 22}" stroke="${colour}"/>`,
      `<text x="${x(ratio)}" y="${height - 8}" text-anchor="middle" ${text}>×${ratio}</text>`,
    );
  }
  return lines;
}

function drawBar(bar: Bar, y: number, x: (ratio: number) => number): string[] {
  const { label, value, floor, aim } = bar;
  const middle = y + barHeight / 2;
  const mark = (ratio: number, colour: string) =>
    `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="${y - 5}" y2="${y + barHeight + 5}" stroke="${colour}" stroke-width="2"/>`;
  return [
    `<text x="${left - 8}" y="${middle + 4}" text-anchor="end" ${text}>${label.replaceAll("&", "&amp;")}</text>`,
    `<rect x="${left}" y="${y}" width="${x(value.median) - left}" height="${barHeight}" fill="${value.median < floor ? "#c98a86" : "#4a7ab5"}"/>`,
    `<line x1="${x(value.min)}" x2="${x(value.max)}" y1="${middle}" y2="${middle}" stroke="#1b2a3d" stroke-width="1.5"/>`,
    mark(floor, "#b3261e"),
    ...(aim === null ? [] : [mark(aim, "#2e7d32")]),
    `<text x="${Math.max(x(value.max), x(aim ?? floor)) + 6}" y="${middle + 4}" ${text}>${value.median.toFixed(2)}</text>`,
  ];
}
