import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Caught } from "./planted/catch.ts";
import type { Played } from "./play.ts";
import { describeFigure } from "./print.ts";

const file = join(import.meta.dirname, "README.md");

const head = `# Faults

Real processes, real signals, a real PostgreSQL, and services that keep logs of their own: of calls, rows and reports. What the
hub sends is noted beside it by its HTTP client. Each scenario is played, then the history is held against every invariant. A
run in which the fault did not happen, or was not felt, is not good.

\`npm run test:faults\` plays all and writes this page; \`--only NAME\` plays one and writes its section anew; \`--help\` says
more. A scenario is a file of \`scenarios/\`. A short form, with the planted bugs, runs with \`npm test\`.
`;

/** One section of the page: its name, which is its title, and its text. */
interface Section {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes what the runs came to beside the suite. Sections of what was not played this time stay as they are.
 *
 * @param order - names of all sections, as they stand on the page.
 */
export async function writeReport(
  played: readonly Played[],
  caught: readonly Caught[],
  order: readonly string[],
): Promise<void> {
  const before = readSections(await readFile(file, "utf8").catch(() => ""));
  const sections = new Map(
    [...before, ...played.map(describePlayed), ...caught.map(describeCaught)].map(
      ({ name, text }) => [name, text],
    ),
  );
  const texts = order.flatMap((name) => sections.get(name) ?? []);
  await writeFile(file, [head, ...texts].join("\n"));
}

function readSections(page: string): Section[] {
  return page
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => ({ name: /^## ([^:\n]+)/.exec(text)?.[1] ?? "", text: `${text.trimEnd()}\n` }));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function describeRun({ seed, seen, loadBefore }: Played): string {
  const day = new Date().toISOString().slice(0, 10);
  const seconds = Math.round(seen.tookMs / 1_000);
  return (
    `${day}, ${availableParallelism()} cores (load before the run: ${loadBefore.toFixed(1)}), ` +
    `Node ${process.version}, seed ${seed}, ${seconds} s.`
  );
}

function describePlayed(played: Played): Section {
  const { scenario, figures, findings, isGood } = played;
  const lines = [
    ...[`## ${scenario.name}: ${isGood ? "good" : "not good"}`, ""],
    ...[`${scenario.fault}. Must show: ${scenario.mustShow}.`, "", describeRun(played), ""],
    ...[row(["Figure", "Seen", "Limit", ""]), row(["---", "---", "---", "---"])],
    ...figures.map((figure) => row(describeFigure(figure))),
    ...["", row(["Invariant", "", "Looked at"]), row(["---", "---", "---"])],
    ...findings.map(({ name, unit, seen: count, violations }) => {
      const held = count === 0 ? "nothing seen" : "holds";
      const verdict = violations.length === 0 ? held : `broken, ${violations.length} times`;
      return row([name, verdict, `${count.toLocaleString("en")} ${unit}`]);
    }),
  ];
  return { name: scenario.name, text: `${lines.join("\n")}\n` };
}

function describeCaught({ bug, played, broken, isCaught }: Caught): Section {
  const { name, fault } = bug.scenario;
  const lines = [
    ...[`## ${name}: ${isCaught ? "caught" : "NOT caught"}`, ""],
    ...[`A planted bug: ${bug.name}. Played with: ${fault}.`, "", describeRun(played), ""],
    ...[row(["Broken invariant", "Violations", "Looked at"]), row(["---", "---", "---"])],
    ...broken.map(({ name: invariant, violations, seen, unit }) =>
      row([invariant, `${violations.length}`, `${seen.toLocaleString("en")} ${unit}`]),
    ),
  ];
  return { name, text: `${lines.join("\n")}\n` };
}
