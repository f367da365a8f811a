import { indexHistory } from "./history/indexed.ts";
import { invariants } from "./history/invariants.ts";
import type { Look } from "./history/look.ts";
import type { History } from "./history/rows.ts";

export { readHistory } from "./history/read.ts";
export type { History, ServiceCall, StatusEntry } from "./history/rows.ts";
export { searchEverything } from "./history/search.ts";
export { statistics } from "./history/statistics.ts";

/** What one invariant came to. */
export interface Finding extends Look {
  readonly name: keyof typeof invariants;
  readonly rule: string;
  /** What was counted. */
  readonly unit: string;
}

/** Holds a history against every invariant, in a fixed order. Seconds for 200,000 events. */
export function examineHistory(history: History): Finding[] {
  const indexed = indexHistory(history);
  return Object.entries(invariants).map(([name, { rule, unit, look }]) => ({
    ...{ name: name as Finding["name"], rule, unit },
    ...look(indexed),
  }));
}

/** @returns a line for each violation, beginning with the name of the invariant; none is what is hoped for. */
export function checkHistory(history: History): string[] {
  return examineHistory(history).flatMap(({ name, violations }) =>
    violations.map((violation) => `${name}: ${violation}`),
  );
}

/** One line of a report: `holds (50,113 calls)`, `broken (3 of 50,113 calls): …`, or `nothing seen`. */
export function describeFinding({ name, seen, unit, violations }: Finding): string {
  const counted = `${seen.toLocaleString("en")} ${unit}`;
  if (violations.length === 0)
    return `${name}: ${seen === 0 ? "nothing seen" : `holds (${counted})`}`;
  const shown = violations.slice(0, 3).join("; ");
  const more = violations.length > 3 ? "; …" : "";
  return `${name}: broken (${violations.length} in ${counted}): ${shown}${more}`;
}

/** What is open still: for the end of a run in which everything was delivered and time has passed. */
export function listUnfinished(history: History): string[] {
  return history.deletions.filter(({ is_closed }) => !is_closed).map(({ id }) => id);
}
