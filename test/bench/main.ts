import { join } from "node:path";
import { endStages } from "../faults/stage.ts";
import { createGround } from "./ground.ts";
import { findWrk } from "./load/load.ts";
import { describeMachine } from "./machine.ts";
import type { Measured } from "./operation.ts";
import { operations } from "./operations/all.ts";
import { help, type Options, readWish } from "./options.ts";
import { findPgbench } from "./pgbench/run.ts";
import { missesIn, type Results, readResults, saveResults, wrongsIn } from "./report/results.ts";
import { goalsTable, trialTable } from "./report/tables.ts";
import { writeReport } from "./report/write.ts";
import { measure } from "./rounds.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import type { TriedOut } from "./trial.ts";
import { trials } from "./trials/all.ts";

const root = join(import.meta.dirname, "..", "..");
const lastRun = join(root, "data", "bench", "results.json");
const all = [...operations, ...trials];
const wish = readWish(
  process.argv.slice(2),
  root,
  all.map(({ name }) => name),
);

if (wish.kind === "help") console.log(help);
if (wish.kind === "list") for (const { name, title } of all) console.log(`${name}: ${title}`);
if (wish.kind === "render") await writeReport(await readResults(lastRun));
if (wish.kind === "fault") {
  console.error(`${wish.message}\n\n${help}`);
  process.exitCode = 64;
}
if (wish.kind === "measure") process.exitCode = await conclude(wish.options);

async function conclude(options: Options): Promise<number> {
  const results = await measureAll(options);
  for (const line of goalsTable(results.measured)) console.log(line);
  const wrongs = wrongsIn(results);
  const misses = missesIn(results);
  if (wrongs.length > 0) console.error(`VOID, this was wrong:\n  ${wrongs.join("\n  ")}`);
  if (misses.length > 0) console.error(`Floors missed:\n  ${misses.join("\n  ")}`);
  if (options.isWhole && wrongs.length === 0) {
    await saveResults(lastRun, results);
    await writeReport(results);
  }
  return wrongs.length + misses.length > 0 ? 1 : 0;
}

async function measureAll(options: Options): Promise<Results> {
  const { parts, rounds, turns, seconds, isQuick, gib, driver, only } = options;
  const say = (line: string) => console.log(line);
  await using ground = await createGround({ root: options.root, parts, say });
  endWith(ground);
  const machine = await describeMachine(ground.server);
  const isChosen = ({ name }: { name: string }) => only === null || only.includes(name);
  const measured: Measured[] = [];
  for (const operation of operations.filter(isChosen)) {
    measured.push(await measure(operation, ground, { rounds, turns, seconds, say }));
    print(measured.at(-1) as Measured);
  }
  const tried: TriedOut[] = [];
  for (const trial of trials.filter(isChosen)) {
    say(`${trial.name}: begins`);
    const { name, title } = trial;
    const result = {
      name,
      title,
      ...(await trial.run(ground, { isQuick, rounds, gib, driver, say })),
    };
    tried.push(result);
    for (const line of trialTable(result)) say(line);
  }
  const load = (await findWrk()) ? "wrk" : "sockets";
  const hasPgbench = (await findPgbench()) !== null;
  return { machine, parts, rounds, turns, seconds, load, hasPgbench, measured, tried };
}

/** Who stops the run in the middle leaves nothing behind. */
function endWith(ground: AsyncDisposable): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      const ended = Promise.allSettled([endStages(), ground[Symbol.asyncDispose]()]);
      void ended.then(() => process.exit(130));
    });
  }
}

/** Each contender in a line, and how the first stands to it. */
function print({ name, unit, runs }: Measured): void {
  const rates = runs.map(({ samples }) => samples.map(({ perSecond }) => perSecond));
  const [ours = []] = rates;
  for (const [at, run] of runs.entries()) {
    const { median, min, max } = spreadOf(rates[at] ?? []);
    const ratio = ratioOf(ours, rates[at] ?? []);
    const shown = [ratio.median, ratio.min, ratio.max].map((each) => each.toFixed(2));
    const beside = at === 0 ? "" : `; ${runs[0]?.name} ×${shown[0]} (${shown[1]} to ${shown[2]})`;
    const range = `${Math.round(min)} to ${Math.round(max)}`;
    console.log(`= ${name}: ${run.name} ${Math.round(median)} ${unit} (${range})${beside}`);
  }
}
