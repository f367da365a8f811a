import { spawnSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { verifyArchive } from "../../../src/archive/verify/verify-archive.ts";
import type { Kind } from "./bytes.ts";
import { type ExportFigure, figure, peak } from "./figures.ts";
import { runTask } from "./run-task.ts";
import type { KeptFile, Place, PlannedFile, Tasks } from "./tasks.ts";

export interface Run {
  /** Where everything lies that is written; on a disk with room for four times what is measured. */
  readonly folder: string;
  readonly place: Place;
  readonly gib: number;
  readonly rounds: number;
  readonly log: string;
  readonly say: (line: string) => void;
}

export interface Measured {
  readonly figures: readonly ExportFigure[];
  /** What did not come out right: then no figure is worth anything. */
  readonly wrong: readonly string[];
}

const services = 5;
const mostMiB = 160;

/** Each of five services has as much of rows as of what does not become smaller. */
function planFiles(gib: number, kinds: readonly Kind[] = ["json", "noise"]): PlannedFile[] {
  const bytes = Math.floor((gib * 2 ** 30) / (services * kinds.length));
  return Array.from({ length: services }, (_, index) =>
    kinds.map((kind) => {
      const name = kind === "json" ? "rows.jsonl" : "pictures.bin";
      return { service: `service-${index + 1}`, name, kind, bytes };
    }),
  ).flat();
}

function rate(gib: number, seconds: number): number {
  return (gib * 2 ** 30) / 1e6 / seconds;
}

/** Uploads over HTTP from another process, with the hash and without: five at once. */
export async function measureUploads(run: Run): Promise<Measured & { kept: KeptFile[] }> {
  const { folder, place, gib, rounds, log, say } = run;
  const files = planFiles(gib);
  const push = async (url: string) => {
    await using pushed = await runTask("push", { url, files, atOnce: services }, log);
    return { kept: pushed.out, rate: rate(gib, pushed.seconds) };
  };
  const [ours, plain, hashed, memory]: [number[], number[], number[], number[]] = [[], [], [], []];
  let kept: KeptFile[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (kept.length > 0) await removeBlobs(kept);
    {
      await using door = await runTask("receive", { place }, log);
      const pushed = await push(door.out.url);
      kept = pushed.kept;
      ours.push(pushed.rate);
      memory.push(door.memory().peakAboveIdle);
    }
    for (const [withHash, rates] of [
      [false, plain],
      [true, hashed],
    ] as const) {
      const path = join(folder, "plain");
      await mkdir(path, { recursive: true });
      await using door = await runTask("receivePlainly", { path, withHash }, log);
      rates.push((await push(door.out.url)).rate);
      await rm(path, { recursive: true });
    }
    say(
      `upload ${gib} GiB: ${[ours, plain, hashed].map((rates) => rates.at(-1)?.toFixed(0)).join(" / ")} MB/s`,
    );
  }
  const ratios = ours.map((each, at) => each / (plain[at] ?? 0));
  const of = (title: string) => `upload ${gib} GiB: ${title}`;
  return {
    kept,
    wrong: [],
    figures: [
      figure(of("store, SHA-256 and fsync"), "MB/s", ours),
      figure(of("plain file, fsync, no hash"), "MB/s", plain),
      figure(of("plain file, fsync, hash"), "MB/s", hashed),
      figure(of("store × plain without hash"), "×", ratios, { atLeast: 0.55, aim: 0.7 }),
      peak(of("memory above idle"), memory, { atMost: mostMiB }),
    ],
  };
}

async function removeBlobs(kept: readonly KeptFile[]): Promise<void> {
  for (const { path } of kept) if (path !== "") await rm(path, { force: true });
}

type Contender = readonly [string, (files: readonly KeptFile[]) => Promise<number>];

/** Archives of rows, of what does not become smaller, and of both, beside the library and beside `zip`. */
export async function measureArchives(run: Run, kept: readonly KeptFile[]): Promise<Measured> {
  const figures: ExportFigure[] = [];
  const memory: number[] = [];
  for (const kinds of [["json"], ["noise"], ["json", "noise"]] as const) {
    const files = kept.filter(({ kind }) => (kinds as readonly Kind[]).includes(kind));
    const gib = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 30;
    const what = kinds.join(" and ");
    const contenders: Contender[] = [
      ["ours", (some) => archiveOurs(run, some, memory)],
      ["library", (some) => archiveByLibrary(run, some, true)],
      ["library, deflating all", (some) => archiveByLibrary(run, some, false)],
      ["zip -1", (some) => archiveByZip(run, some, "-1")],
      ["zip -0", (some) => archiveByZip(run, some, "-0")],
    ];
    const rates = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
    for (let round = 0; round < run.rounds; round += 1) {
      for (const [name, archive] of contenders) {
        const seconds = await archive(files);
        if (Number.isFinite(seconds)) rates.get(name)?.push(rate(gib, seconds));
      }
      const last = contenders.map(
        ([name]) => `${name} ${rates.get(name)?.at(-1)?.toFixed(0) ?? "-"}`,
      );
      run.say(`archive of ${what}: ${last.join(", ")} MB/s`);
    }
    figures.push(...compare(`archive of ${what}`, rates, what));
  }
  return {
    figures: [...figures, peak("archive: memory above idle", memory, { atMost: mostMiB })],
    wrong: [],
  };
}

const floors: Readonly<
  Record<string, Readonly<Record<string, { atLeast: number; aim?: number }>>>
> = {
  json: { library: { atLeast: 0.7, aim: 1.2 }, "zip -1": { atLeast: 0.85, aim: 1.2 } },
  noise: { library: { atLeast: 0.7 }, "zip -0": { atLeast: 1, aim: 1.2 } },
  "json and noise": { library: { atLeast: 0.7, aim: 1.2 } },
};

function compare(title: string, rates: ReadonlyMap<string, readonly number[]>, what: string) {
  const ours = rates.get("ours") ?? [];
  return [...rates].flatMap(([name, each]) => {
    if (each.length === 0) return [];
    const own = figure(`${title}: ${name}`, "MB/s", each);
    const ratios = ours.map((rate, at) => rate / (each[at] ?? 0));
    const bound = floors[what]?.[name];
    return name === "ours" ? [own] : [own, figure(`${title}: ours × ${name}`, "×", ratios, bound)];
  });
}

async function archiveOurs(
  { place, log }: Run,
  files: readonly KeptFile[],
  memory: number[],
): Promise<number> {
  await using made = await runTask("archive", { place, files }, log);
  memory.push(made.memory().peakAboveIdle);
  await removeArchive(place, made.out.key);
  return made.seconds;
}

async function archiveByLibrary(
  { folder, log }: Run,
  files: readonly KeptFile[],
  storesNoise: boolean,
): Promise<number> {
  const into = join(folder, "library.zip");
  await using made = await runTask("library", { files, into, storesNoise }, log);
  await rm(into);
  return made.seconds;
}

/** @returns NaN where there is no `zip`. */
async function archiveByZip(
  { folder }: Run,
  files: readonly KeptFile[],
  level: string,
): Promise<number> {
  const into = join(folder, "zip.zip");
  const beganAt = performance.now();
  const { error, status } = spawnSync("zip", ["-q", level, into, ...files.map(({ path }) => path)]);
  if (error || status !== 0) return Number.NaN;
  await using file = await open(into, "r+");
  await file.sync();
  const seconds = (performance.now() - beganAt) / 1000;
  await rm(into);
  return seconds;
}

function pathOf(place: Place, key: string): string {
  const [kind = "", id = ""] = key.split("/");
  return place.driver === "fs" ? join(place.path, "objects", kind, id.slice(0, 2), id) : "";
}

async function removeArchive(place: Place, key: string): Promise<void> {
  const path = pathOf(place, key);
  if (path !== "") await rm(path);
}

/** One archive of everything, read over HTTP, and held against itself by two readers. */
export async function measureWhole(run: Run, kept: readonly KeptFile[]): Promise<Measured> {
  const { place, gib, log } = run;
  await using made = await runTask("archive", { place, files: kept }, log);
  const memory = made.memory();
  await using door = await runTask("serve", { place, key: made.out.key }, log);
  await using pulled = await runTask("pull", { url: door.out.url }, log);
  const wrong = pulled.out.bytes === made.out.bytes ? [] : ["the download is not whole"];
  const path = pathOf(place, made.out.key);
  if (path !== "") wrong.push(...(await judge(path, kept)));
  await removeArchive(place, made.out.key);
  const of = (title: string) => `${gib} GiB: ${title}`;
  return {
    wrong,
    figures: [
      figure(of("archive"), "MB/s", [rate(gib, made.seconds)]),
      figure(of("archive"), "s", [made.seconds]),
      peak(of("archive, memory above idle"), [memory.peakAboveIdle], { atMost: mostMiB }),
      figure(of("download"), "MB/s", [made.out.bytes / 1e6 / pulled.seconds]),
      peak(of("download, memory above idle"), [door.memory().peakAboveIdle], { atMost: mostMiB }),
    ],
  };
}

async function judge(path: string, kept: readonly KeptFile[]): Promise<string[]> {
  const { problems, manifest } = await verifyArchive(path, null);
  const wrong = problems.map((problem) => `${problem.path} ${problem.what}`);
  if (manifest?.files.length !== kept.length + 1) wrong.push("the manifest lacks files");
  const unzip = spawnSync("unzip", ["-tqq", path], { encoding: "utf8" });
  if (!unzip.error && unzip.status !== 0) wrong.push(`unzip: ${unzip.stdout}${unzip.stderr}`);
  return wrong;
}

/** Fifty archives at once: nobody waits for long behind another, and memory does not add up. */
export async function measureMany(run: Run): Promise<Measured> {
  const { place, log } = run;
  const count = 50;
  const files = planFiles(0.02);
  await using door = await runTask("receive", { place }, log);
  await using pushed = await runTask("push", { url: door.out.url, files, atOnce: 5 }, log);
  const given: Tasks["archives"]["in"] = { place, files: pushed.out, count };
  await using made = await runTask("archives", given, log);
  const { readyAtMs } = made.out;
  await removeBlobs(pushed.out);
  const [first, last] = [Math.min(...readyAtMs), Math.max(...readyAtMs)];
  const memory = made.memory().peakAboveIdle;
  return {
    wrong: [],
    figures: [
      figure(`${count} archives at once`, "MB/s", [rate(0.02 * count, made.seconds)]),
      figure(`${count} archives at once: last × first ready`, "×", [last / first]),
      peak(`${count} archives at once: memory above idle`, [memory], { atMost: 400 }),
    ],
  };
}
