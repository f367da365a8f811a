import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Finding, statistics } from "../support/history.ts";
import { createDice } from "../support/random.ts";
import { checkRun } from "./check.ts";
import { type LoadProgress, runLoad } from "./client.ts";
import { createNemesis } from "./nemesis.ts";
import { type FigureResult, judgeFigure, type Scenario } from "./scenario.ts";
import type { Seen } from "./seen.ts";
import { createStage, type Stage, type StageOptions } from "./stage.ts";

export interface PlayOptions extends StageOptions {
  /** Receives a line every few seconds. */
  readonly say?: (line: string) => void;
}

/** What a run came to. */
export interface Played {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly seen: Seen;
  readonly figures: readonly FigureResult[];
  readonly findings: readonly Finding[];
  readonly isGood: boolean;
  /** Where its logs lie, if they were kept. */
  readonly folder: string;
  readonly isKept: boolean;
  /** The machine's load average of a minute, from before the first process. */
  readonly loadBefore: number;
}

const progressEveryMs = 5_000;
const watchEveryMs = 500;
const patienceMs = 180_000;
const loadWithinMs = 40 * 60_000;

export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const { say = () => {} } = options;
  const [loadBefore = 0] = loadavg();
  await using stage = await createStage(scenario.setup, options);
  const dice = createDice(options.seed);
  const nemesis = createNemesis(stage, dice);
  say("starting");
  await stage.fleet.start();
  await waitUntilWorking(stage);
  await stage.services.setMood(scenario.mood);
  const beganAt = performance.now();
  const progress: LoadProgress = { ok: 0, failed: 0, unknown: 0, givenUp: 0 };
  const countOpen = () => countOpenIn(stage);
  using _reporter = reportProgress(stage, progress, countOpen, say);

  const [loading, striking] = [new AbortController(), new AbortController()];
  const { portal, fleet, folder } = stage;
  const loaded = runLoad(scenario.load, {
    ...{ portal, urls: fleet.urls(), dice, folder, progress, countOpen },
    stopping: loading.signal,
  });
  const act = { stage, nemesis, dice, progress, countOpen, stopping: striking.signal };
  const struck = scenario.strike?.(act);
  struck?.catch(() => {}); // awaited below
  await within(loaded, loadWithinMs, () => loading.abort());
  const until = scenario.strikesUntil ?? "closed";
  const patience = scenario.patienceMs ?? patienceMs;
  if (until === "done") await struck;
  if (until === "closed") await waitUntilClosed(stage, countOpen, patience);
  striking.abort();
  await struck;
  await stage.services.setMood("well");
  await waitUntilClosed(stage, countOpen, patience);
  await waitUntilReaped(stage);
  const tookMs = performance.now() - beganAt;
  say("everything is over, reading what happened");
  return { ...(await conclude(scenario, stage, options, progress, tookMs)), loadBefore };
}

const workingWithinMs = 30_000;

/** Workers that are still starting take nothing on, and take the processors from those that do. */
async function waitUntilWorking({ sql, fleet }: Stage): Promise<void> {
  const giveUpAt = performance.now() + workingWithinMs;
  while (performance.now() < giveUpAt) {
    const workers = fleet.members().filter(({ role }) => role !== "serve");
    const ids = workers.map(({ workerId }) => workerId);
    const there = await sql`select from hub_workers where worker_id = any(${ids})`;
    if (there.length === ids.length) return;
    await pause(watchEveryMs);
  }
}

async function within(work: Promise<void>, ms: number, giveUp: () => void): Promise<void> {
  const timer = setTimeout(giveUp, ms);
  await work.finally(() => clearTimeout(timer));
}

async function countOpenIn({ sql }: Stage): Promise<number | null> {
  const asked = sql<{ open: number }[]>`
    select count(*)::int as open from deletions where closed_at is null`;
  const rows = await Promise.race([asked.catch(() => []), pause(3_000, [])]);
  return rows[0]?.open ?? null;
}

/** Waits until no deletion is open and no report is on its way; others see what is left if it is in vain. */
async function waitUntilClosed(
  stage: Stage,
  countOpen: () => Promise<number | null>,
  limitMs: number,
): Promise<void> {
  const giveUpAt = performance.now() + limitMs;
  while (performance.now() < giveUpAt) {
    const open = await countOpen();
    if (open === 0 && (await countReports(stage)) === 0) return;
    await pause(watchEveryMs);
  }
}

const reapedWithinMs = 30_000;

/** Who was killed at the very end has to be noticed too, while there is somebody to notice it. */
async function waitUntilReaped({ sql, fleet }: Stage): Promise<void> {
  const giveUpAt = performance.now() + reapedWithinMs;
  while (performance.now() < giveUpAt) {
    const alive = fleet.members().map(({ workerId }) => workerId);
    const gone = await sql`select from hub_workers where not worker_id = any(${alive})`;
    if (gone.length === 0) return;
    await pause(watchEveryMs);
  }
}

async function countReports({ services }: Stage): Promise<number> {
  const counts = Object.values(await services.counts());
  return counts.reduce((sum, { reportsPending }) => sum + reportsPending, 0);
}

function reportProgress(
  stage: Stage,
  progress: LoadProgress,
  countOpen: () => Promise<number | null>,
  say: (line: string) => void,
): Disposable {
  const beganAt = performance.now();
  const report = async () => {
    const open = await countOpen();
    const seconds = Math.round((performance.now() - beganAt) / 1_000);
    say(
      `${seconds} s: ${progress.ok} ok, ${progress.unknown} open outcomes, ` +
        `${open ?? "?"} deletions open, ${stage.fleet.replaced()} processes replaced`,
    );
  };
  const timer = setInterval(() => void report(), progressEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function conclude(
  scenario: Scenario,
  stage: Stage,
  options: PlayOptions,
  progress: LoadProgress,
  tookMs: number,
): Promise<Omit<Played, "loadBefore">> {
  const services = await stage.services.counts();
  const [crashes, replaced] = [stage.fleet.crashes.length, stage.fleet.replaced()];
  await stage.fleet.end();
  await stage.services.finish();
  const { history, logs, ...checked } = await checkRun(stage);
  const findings = scenario.isUntimed ? checked.findings.map(withoutGoals) : checked.findings;
  if (options.keep) await writeEvents(stage.folder, history);
  const { givenUp } = progress;
  const [uncaught, untold] = [countLines(logs, uncaughtLine), countLines(logs, untoldLine)];
  const counts = statistics(history);
  const { tally } = stage;
  const seen = {
    history,
    statistics: counts,
    services,
    crashes,
    replaced,
    uncaught,
    untold,
    givenUp,
    tookMs,
    tally,
  };
  const figures = scenario.figures.map((figure) => judgeFigure(figure, seen));
  const isGood =
    figures.every(({ isMet }) => isMet) &&
    findings.every(({ violations }) => violations.length === 0);
  const { seed, keep: isKept = false } = options;
  return { scenario, seed, seen, figures, findings, isGood, folder: stage.folder, isKept };
}

/** What never goes on again stays a violation, however much time there was. */
function withoutGoals(finding: Finding): Finding {
  if (finding.name !== "what a killed worker had under way goes on in seconds") return finding;
  const violations = finding.violations.filter((line) => line.endsWith("never went on"));
  return { ...finding, violations };
}

/** The database goes with the stage: what is to be looked at later is kept beside the logs. */
async function writeEvents(folder: string, { events }: Seen["history"]): Promise<void> {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  await writeFile(join(folder, "events.jsonl"), lines.join(""));
}

/** What a process says of an error that nobody caught: by the hub's own handler, or by Node. */
const uncaughtLine = /"unhandled rejection"|UnhandledPromiseRejection|^Node\.js v\d/;

const untoldLine = /"the queue could not be told that a job ended"/;

function countLines(logs: Readonly<Record<string, string>>, pattern: RegExp): number {
  const lines = Object.values(logs).flatMap((text) => text.split("\n"));
  return lines.filter((line) => pattern.test(line)).length;
}
