import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { connections } from "../load/wrk.ts";
import { percentile } from "../statistics.ts";

export interface PgbenchRun {
  readonly perSecond: number;
  readonly transactions: number;
  readonly failed: number;
  readonly p99Ms: number | null;
}

export interface PgbenchOptions {
  readonly databaseUrl: string;
  /** Of this folder, without its ending. */
  readonly script: "status" | "accept" | "report";
  readonly variables: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly folder: string;
}

const run = promisify(execFile);
const graceMs = 30_000;
/** Of the transactions whose times are written down. */
const logged = 0.2;
/** Otherwise some statements are planned at each call, which takes longer than they do. */
const planOnce = "-c plan_cache_mode=force_generic_plan";
const installedIn = "/usr/lib/postgresql";

let found: Promise<string | null> | null = null;

/** PostgreSQL's own benchmark, if this machine has it: the embedded server comes without. */
export function findPgbench(): Promise<string | null> {
  found ??= search();
  return found;
}

async function search(): Promise<string | null> {
  const versions = await readdir(installedIn).catch(() => []);
  const installed = versions.map((version) => join(installedIn, version, "bin", "pgbench"));
  for (const program of ["pgbench", ...installed.toReversed()]) {
    if (await run(program, ["--version"]).catch(() => null)) return program;
  }
  return null;
}

export async function runPgbench(program: string, options: PgbenchOptions): Promise<PgbenchRun> {
  const { databaseUrl, script, variables, seconds, folder } = options;
  const logs = await mkdtemp(join(folder, "pgbench-"));
  const defined = Object.entries({ ...variables, clients: connections });
  const args = [
    ...["--no-vacuum", `--client=${connections}`, "--jobs=1", `--time=${Math.round(seconds)}`],
    ...["--protocol=prepared", "--log", `--log-prefix=${join(logs, "times")}`],
    ...[`--sampling-rate=${logged}`, `--file=${join(import.meta.dirname, `${script}.sql`)}`],
    ...defined.map(([name, value]) => `--define=${name}=${value}`),
  ];
  try {
    const { stdout } = await run(program, [...args, databaseUrl], {
      env: { PATH: process.env.PATH, PGOPTIONS: planOnce },
      timeout: seconds * 1_000 + graceMs,
    });
    return { ...readSummary(stdout), p99Ms: await readP99(logs) };
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}

function readSummary(text: string): Omit<PgbenchRun, "p99Ms"> {
  const figure = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  const transactions = figure(/transactions actually processed: (\d+)/);
  // It says no more where it did nothing.
  const perSecond = transactions === 0 ? 0 : figure(/^tps = ([\d.]+)/m);
  if (Number.isNaN(perSecond)) throw new Error(`pgbench said nothing that can be read:\n${text}`);
  return {
    ...{ perSecond, transactions },
    failed: figure(/failed transactions: (\d+)/) || 0,
  };
}

/** In a line of the log the third figure is how long it took, in microseconds. */
async function readP99(logs: string): Promise<number | null> {
  const files = await readdir(logs);
  const texts = await Promise.all(files.map((name) => readFile(join(logs, name), "utf8")));
  const times = texts
    .join("")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : Number(line.split(" ")[2]) / 1_000));
  return times.length > 0 ? percentile(times, 0.99) : null;
}
