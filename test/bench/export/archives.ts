import { spawnSync } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { cpuOfEnded } from "../cpu.ts";
import type { Ground } from "../ground.ts";
import type { Figure, Trial, TrialPace, Tried } from "../trial.ts";
import type { Kind } from "./bytes.ts";
import { type Bound, figure, peak } from "./figures.ts";
import { rate } from "./plan.ts";
import { type Run, startRun } from "./run.ts";
import { mostMs, runTask } from "./run-task.ts";
import type { KeptFile, Place } from "./tasks.ts";
import { intoStore } from "./uploads.ts";

const mostMb = 200;

/** Archives out of the store into the store, beside the library alone and beside `zip`, from file to file. */
export const archives: Trial = {
  name: "archives",
  title: "archives out of the store of blobs",
  run: measure,
};

async function measure(ground: Ground, pace: TrialPace): Promise<Tried> {
  if (pace.driver !== "fs") return { figures: [], wrong: [] }; // the others read files
  await using run = await startRun(ground, pace, pace.gib[0] ?? 1);
  const { kept } = await intoStore(run);
  const memory: number[] = [];
  const figures: Figure[] = [];
  for (const [kinds, floors] of bodies) {
    const files = kept.filter(({ kind }) => kinds.includes(kind));
    const what = kinds.join(" and ");
    const costs = await takeTurns(run, what, files, Object.keys(floors), memory);
    figures.push(...compare(what, files, costs, floors));
  }
  return {
    figures: [...figures, peak("memory above idle", memory, { atMost: mostMb })],
    wrong: [],
  };
}

/** What is archived, and what each of the others must be passed by. */
const bodies: readonly (readonly [readonly Kind[], Readonly<Record<string, Bound>>])[] = [
  [["json"], { library: { atLeast: 0.7 }, "zip -1": { atLeast: 0.85, aim: 1.2 } }],
  [["noise"], { library: { atLeast: 0.7 }, "zip -0": { atLeast: 1, aim: 1.2 } }],
  [["json", "noise"], { library: { atLeast: 0.7 }, "library, deflating all": {} }],
];

/** What an archive cost, in seconds; processor time is not a number where it cannot be known. */
interface Cost {
  readonly seconds: number;
  readonly cpu: number;
}

/** @returns what each cost in every round; nothing for those that are not installed here. */
async function takeTurns(
  run: Run,
  what: string,
  files: readonly KeptFile[],
  others: readonly string[],
  memory: number[],
): Promise<Map<string, Cost[]>> {
  const gib = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 30;
  const names = ["hub", ...others];
  const costs = new Map<string, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round < run.rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const cost = await archiveBy(name, run, files, memory);
      if (cost !== null) costs.get(name)?.push(cost);
    }
    const last = names.map((name) => {
      const { seconds = Number.NaN } = costs.get(name)?.at(-1) ?? {};
      return `${name} ${rate(gib, seconds).toFixed(0)}`;
    });
    run.say(`archives: ${what}: ${last.join(", ")} MB/s`);
  }
  return costs;
}

/** @returns `null` where it is not installed here. */
async function archiveBy(
  name: string,
  run: Run,
  files: readonly KeptFile[],
  memory: number[],
): Promise<Cost | null> {
  if (name === "hub") return await byHub(run, files, memory);
  if (name.startsWith("zip ")) return await byZip(run, files, name.slice("zip ".length));
  return await byLibrary(run, files, name === "library");
}

function compare(
  what: string,
  files: readonly KeptFile[],
  costs: ReadonlyMap<string, readonly Cost[]>,
  floors: Readonly<Record<string, Bound>>,
): Figure[] {
  const gib = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 30;
  const ours = costs.get("hub") ?? [];
  const known = [...costs].filter(([, each]) => each.length > 0);
  const own = known.map(([name, each]) => {
    const rates = each.map(({ seconds }) => rate(gib, seconds));
    return figure(`${what}: ${name}`, "MB/s", rates);
  });
  const ratios = known.flatMap(([name, theirs]) => {
    if (name === "hub") return [];
    const of = (key: keyof Cost) => ours.map((each, at) => (theirs[at]?.[key] ?? 0) / each[key]);
    const cpu = of("cpu").map((ratio) => 1 / ratio);
    return [
      figure(`${what}: hub / ${name}`, "×", of("seconds"), floors[name]),
      figure(`${what}: hub / ${name}, processor time`, "×", cpu),
    ];
  });
  return [...own, ...ratios];
}

async function byHub(
  { place, log }: Run,
  files: readonly KeptFile[],
  memory: number[],
): Promise<Cost> {
  await using made = await runTask("archive", { place, files }, log);
  const cpu = await made.cpu();
  memory.push(made.memory().peakAboveIdle);
  await rm(pathOf(place, made.out.key));
  return { seconds: made.seconds, cpu };
}

async function byLibrary(
  { folder, log }: Run,
  files: readonly KeptFile[],
  storesNoise: boolean,
): Promise<Cost> {
  const into = join(folder, "library.zip");
  await using made = await runTask("library", { files, into, storesNoise }, log);
  const cpu = await made.cpu();
  await rm(into);
  return { seconds: made.seconds, cpu };
}

async function byZip(
  { folder }: Run,
  files: readonly KeptFile[],
  level: string,
): Promise<Cost | null> {
  const into = join(folder, "zip.zip");
  const before = (await cpuOfEnded(process.pid)) ?? Number.NaN;
  const beganAt = performance.now();
  const { error, status } = spawnSync(
    "zip",
    ["-q", level, into, ...files.map(({ path }) => path)],
    { timeout: mostMs },
  );
  if (error || status !== 0) return null;
  await using file = await open(into, "r+");
  await file.sync();
  const seconds = (performance.now() - beganAt) / 1000;
  const cpu = ((await cpuOfEnded(process.pid)) ?? Number.NaN) - before;
  await rm(into);
  return { seconds, cpu };
}

function pathOf(place: Place, key: string): string {
  const [kind = "", id = ""] = key.split("/");
  return place.driver === "fs" ? join(place.path, "objects", kind, id.slice(0, 2), id) : "";
}
