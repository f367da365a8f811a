import { spreadOf } from "../statistics.ts";
import type { Figure } from "../trial.ts";

export type Bound = Pick<Figure, "atLeast" | "atMost" | "aim">;

/** The median of what was measured. */
export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  bound: Bound = {},
): Figure {
  return { name, unit, value: spreadOf(values).median, of: values.length, ...bound };
}

/** The greatest of what was measured: a bound on memory is one for each time. */
export function peak(name: string, values: readonly number[], bound: Bound = {}): Figure {
  return { name, unit: "MB", value: Math.max(...values), of: values.length, ...bound };
}
