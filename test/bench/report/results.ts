import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Judged, judge } from "../goals.ts";
import type { Machine } from "../machine.ts";
import { type Measured, wrongsOf } from "../operation.ts";
import { isFloorMissed, type TriedOut } from "../trial.ts";

/** Everything that a run of the benchmark came to. */
export interface Results {
  readonly machine: Machine;
  readonly parts: number;
  readonly rounds: number;
  /** Of each in a round. */
  readonly turns: number;
  /** Of a turn. */
  readonly seconds: number;
  /** Who sends the load, and who could not take part. */
  readonly load: "wrk" | "sockets";
  readonly hasPgbench: boolean;
  readonly measured: readonly Measured[];
  readonly tried: readonly TriedOut[];
}

/** What was wrong; with anything here no figure counts. */
export function wrongsIn({ measured, tried }: Results): string[] {
  const ofTrials = tried.flatMap(({ name, wrong }) => wrong.map((what) => `${name}: ${what}`));
  return [...measured.flatMap(wrongsOf), ...ofTrials];
}

/** Floors that were not met, in words. */
export function missesIn({ measured, tried }: Results): string[] {
  const ratios = measured.flatMap(judge).flatMap((one) => (isMissed(one) ? [describe(one)] : []));
  const figures = tried.flatMap(({ title, figures }) =>
    figures.filter(isFloorMissed).map(({ name, value, unit, atMost, atLeast }) => {
      const limit = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
      return `${title}, ${name}: ${value.toPrecision(3)} ${unit}, ${limit}`;
    }),
  );
  return [...ratios, ...figures];
}

function isMissed({ verdict }: Judged): boolean {
  return verdict === "FLOOR MISSED";
}

function describe({ goal, value }: Judged): string {
  const { operation, figure, versus, floor } = goal;
  const limit = "atLeast" in floor ? `at least ${floor.atLeast}` : `at most ${floor.atMost}`;
  const what = figure === "perSecond" ? "" : `${figure} `;
  return `${operation}: ${what}${value.median.toFixed(2)} of ${versus ?? "itself"}, ${limit}`;
}

export async function saveResults(file: string, results: Results): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(results));
}

export async function readResults(file: string): Promise<Results> {
  return JSON.parse(await readFile(file, "utf8")) as Results;
}
