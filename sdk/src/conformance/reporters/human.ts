import type { ConformanceReport } from "../run.ts";
import type { CheckResult, Outcome } from "../runner.ts";

/** Paints a word; the plain one gives it back. */
export type Paint = (color: "green" | "red" | "yellow" | "dim", text: string) => string;

export const plain: Paint = (_color, text) => text;

const words = {
  passed: ["green", "ok"],
  failed: ["red", "FAILED"],
  skipped: ["dim", "skipped"],
  not_applicable: ["dim", "n/a"],
  not_judged: ["yellow", "unjudged"],
  could_not_run: ["yellow", "NOT RUN"],
} as const satisfies Record<Outcome, readonly [Parameters<Paint>[0], string]>;

const wordWidth = 8;
const nameWidth = 22;

/** One line for a check that is over, and the lines that its failure takes. */
export function describeResult(result: CheckResult, paint: Paint): string {
  const [color, word] = words[result.outcome];
  const seconds = `${(result.durationMs / 1000).toFixed(1)} s`.padStart(7);
  const head = `${paint(color, word.padEnd(wordWidth))}  ${result.name.padEnd(nameWidth)} ${paint("dim", seconds)}`;
  const why = result.reason === undefined ? "" : `  ${paint("dim", result.reason)}`;
  return [head + why, ...(result.outcome === "failed" ? detailOf(result) : [])].join("\n");
}

function detailOf({ duty, source, breaches }: CheckResult): readonly string[] {
  const indent = " ".repeat(wordWidth + 2);
  return [
    `${indent}${duty} (${source})`,
    ...breaches.flatMap(({ expected, happened, lookAt }) => [
      `${indent}- expected  ${expected}`,
      `${indent}  happened  ${happened}`,
      `${indent}  look at   ${lookAt}`,
    ]),
  ];
}

const verdicts = {
  conforms: "conforms",
  does_not_conform: "does not conform",
  could_not_run: "not everything could be checked",
} as const;

/** The last lines of a run. */
export function describeReport(report: ConformanceReport, paint: Paint): string {
  const { results, service, durationMs, verdict } = report;
  const of = (outcome: Outcome) => results.filter((result) => result.outcome === outcome);
  const counts = (Object.keys(words) as Outcome[])
    .map((outcome) => [outcome.replaceAll("_", " "), of(outcome).length] as const)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const failed = of("failed").map(({ name }) => name);
  const color = verdict === "conforms" ? "green" : verdict === "could_not_run" ? "yellow" : "red";
  const names = failed.length > 0 ? `: ${failed.join(", ")}` : "";
  return [
    `${counts.join(", ")}, in ${(durationMs / 1000).toFixed(1)} s`,
    paint(color, `${service}: ${verdicts[verdict]}${names}`),
  ].join("\n");
}
