import { describeFinding } from "../support/history.ts";
import type { Caught } from "./planted/catch.ts";
import type { Played } from "./play.ts";
import type { FigureResult } from "./scenario.ts";

/** A figure as text, as it stands in the table and in the report. */
export function describeFigure({ name, unit = "", limit, value, isMet }: FigureResult): string[] {
  const [bound, number] = "atLeast" in limit ? ["≥", limit.atLeast] : ["≤", limit.atMost];
  const shown = Number.isInteger(value) ? `${value}` : value.toFixed(2);
  const withUnit = unit && ` ${unit}`;
  return [name, `${shown}${withUnit}`, `${bound} ${number}${withUnit}`, isMet ? "met" : "MISSED"];
}

export function printPlayed(played: Played): void {
  const { scenario, seed, figures, findings, isGood, seen, folder, isKept } = played;
  const rows = figures.map(describeFigure);
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  const seconds = Math.round(seen.tookMs / 1_000);
  console.log(`\n${scenario.name}, seed ${seed}, ${seconds} s`);
  for (const line of lines) console.log(`  ${line}`);
  for (const finding of findings) console.log(`  ${describeFinding(finding)}`);
  if (isKept) console.log(`  kept in ${folder}`);
  console.log(`  ${isGood ? "good" : "NOT GOOD"}\n`);
}

export function printCaught({ bug, broken, isCaught, played }: Caught): void {
  console.log(`\n${bug.scenario.name}: ${bug.name}`);
  for (const finding of broken) console.log(`  ${describeFinding(finding)}`);
  if (played.isKept) console.log(`  kept in ${played.folder}`);
  console.log(`  ${isCaught ? "caught" : "NOT CAUGHT"}\n`);
}
