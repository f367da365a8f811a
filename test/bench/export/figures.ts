import { spreadOf } from "../statistics.ts";

/** What was measured, and what it must be; the same shape as the figures of trials. */
export interface ExportFigure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** How many times it was measured. */
  readonly of: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly aim?: number;
}

export type Bound = Pick<ExportFigure, "atLeast" | "atMost" | "aim">;

/** The median of what was measured. */
export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  bound: Bound = {},
): ExportFigure {
  return { name, unit, value: spreadOf(values).median, of: values.length, ...bound };
}

/** The greatest of what was measured: a bound on memory is one for each time. */
export function peak(name: string, values: readonly number[], bound: Bound = {}): ExportFigure {
  return { name, unit: "MiB", value: Math.max(...values), of: values.length, ...bound };
}

export function isMissed({ value, atLeast, atMost }: ExportFigure): boolean {
  return (atLeast !== undefined && value < atLeast) || (atMost !== undefined && value > atMost);
}

export function describeFigure(it: ExportFigure): string {
  const shown = it.value >= 100 ? it.value.toFixed(0) : it.value.toFixed(2);
  const floor = it.atLeast === undefined ? "" : ` at least ${it.atLeast}`;
  const most = it.atMost === undefined ? "" : ` at most ${it.atMost}`;
  const aim = it.aim === undefined ? "" : ` (aim ${it.aim})`;
  const missed = isMissed(it) ? "  MISSED" : "";
  return `${it.name.padEnd(58)} ${shown.padStart(8)} ${it.unit.padEnd(5)}${floor}${most}${aim}${missed}`;
}
