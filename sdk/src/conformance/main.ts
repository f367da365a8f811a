#!/usr/bin/env node
// takeout-conform: see command-line.ts.
import { writeFileSync } from "node:fs";
import { styleText } from "node:util";
import { type CommandLine, help, readCommandLine, UsageError } from "./command-line.ts";
import { describeReport, describeResult, type Paint, plain } from "./reporters/human.ts";
import { toJson } from "./reporters/json.ts";
import { toJunit } from "./reporters/junit.ts";
import { type ConformanceReport, runConformance } from "./run.ts";

const exitCodes = { conforms: 0, does_not_conform: 1, could_not_run: 2 } as const;

const isPlain = !process.stdout.isTTY || Boolean(process.env.NO_COLOR);
const paint: Paint = isPlain ? plain : (color, text) => styleText(color, text);

async function main(): Promise<number> {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (!commandLine) {
    console.log(help());
    return 0;
  }
  const { options } = commandLine;
  console.log(
    `Playing the hub on ${options.listen} against ${options.service} at ${options.url}\n`,
  );
  const onResult = (result: Parameters<typeof describeResult>[0]) =>
    console.log(describeResult(result, paint));
  const onWait = (what: string) => console.log(`waiting: ${what}\n`);
  const report = await runConformance({ ...options, onWait, onResult });
  console.log(`\n${describeReport(report, paint)}`);
  write(report, commandLine);
  return exitCodes[report.verdict];
}

function write(report: ConformanceReport, { json, junit }: CommandLine): void {
  if (json !== undefined) writeFileSync(json, toJson(report));
  if (junit !== undefined) writeFileSync(junit, toJunit(report));
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(`takeout-conform: ${error instanceof Error ? error.message : error}`);
  if (isUsage) console.error("takeout-conform --help says more");
  process.exitCode = exitCodes.could_not_run;
}
