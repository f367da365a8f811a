import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Played } from "./play.ts";
import { describeFigure } from "./print.ts";

const file = join(import.meta.dirname, "README.md");

/** Writes what the runs came to beside the suite. */
export async function writeReport(played: readonly Played[]): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const head = [
    "# Faults",
    "",
    "Real processes, real signals, real PostgreSQL, services that keep their own logs: each scenario is played,",
    "then the history is held against every invariant. Written by `npm run test:faults`; not by hand.",
    "",
    `Played on ${day} on a machine with ${availableParallelism()} cores, Node ${process.version}.`,
  ];
  await writeFile(file, `${[...head, ...played.flatMap(describe)].join("\n")}\n`);
}

function describe({ scenario, seed, figures, findings, seen, isGood }: Played): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const seconds = Math.round(seen.tookMs / 1_000);
  return [
    ...["", `## ${scenario.name}: ${isGood ? "good" : "not good"}`, ""],
    ...[`${scenario.fault}. Must show: ${scenario.mustShow}.`, ""],
    ...[`Seed ${seed}, ${seconds} s, ${seen.history.parts.length} parts.`, ""],
    ...[row(["Figure", "Seen", "Limit", ""]), row(["---", "---", "---", "---"])],
    ...figures.map((figure) => row(describeFigure(figure))),
    ...["", row(["Invariant", "", "Looked at"]), row(["---", "---", "---"])],
    ...findings.map(({ name, unit, seen: count, violations }) => {
      const held = count === 0 ? "nothing seen" : "holds";
      const verdict = violations.length === 0 ? held : `broken, ${violations.length} times`;
      return row([name, verdict, `${count} ${unit}`]);
    }),
  ];
}
