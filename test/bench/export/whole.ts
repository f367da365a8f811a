import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import { newUid } from "../people.ts";
import type { Figure, Trial, TrialPace, Tried } from "../trial.ts";
import { figure, peak } from "./figures.ts";
import { archivesIn, judge } from "./judge.ts";
import { planFiles, rate, services } from "./plan.ts";
import { type Run, startRun } from "./run.ts";
import { runTask } from "./run-task.ts";
import { startStage, until } from "./stage.ts";
import type { KeptFile } from "./tasks.ts";

const mostMb = 160;
/** How much longer a GiB may take in a large export than in a small one. */
const mostGrowth = 1.25;
/** Of the library alone, from file to file. */
const leastOfLibrary = 0.7;
const pollMs = 50;

/** Exports of growing size through a hub as it is run in life, from the portal's wish to the archive's last byte. */
export const whole: Trial = {
  name: "exports",
  title: "an export from the portal's wish to the last byte of the download",
  run: measure,
};

interface Seconds {
  readonly upload: number;
  readonly archive: number;
  readonly download: number;
}

async function measure(ground: Ground, pace: TrialPace): Promise<Tried> {
  const figures: Figure[] = [];
  const wrong: string[] = [];
  const perGib: number[] = [];
  for (const gib of pace.gib) {
    await using run = await startRun(ground, pace, gib);
    const one = await exportOnce(ground, run);
    const alone = pace.driver === "fs" ? await byLibrary(run) : null;
    figures.push(...one.figures, ...compare(gib, one.seconds, alone));
    wrong.push(...one.wrong);
    const { upload, archive, download } = one.seconds;
    perGib.push((upload + archive + download) / gib);
    const [first = 0] = perGib;
    if (perGib.length === 1) continue;
    const growth = [(perGib.at(-1) ?? 0) / first];
    const bound = { atMost: mostGrowth };
    figures.push(figure(`time for a GiB, of ${gib} / of ${pace.gib[0]}`, "×", growth, bound));
  }
  return { figures, wrong };
}

async function exportOnce(ground: Ground, run: Run) {
  const { gib, place, say } = run;
  const uid = newUid();
  const files = planFiles(gib);
  await using stage = await startStage(ground, run, new Map([[uid, files]]));
  const beganAt = performance.now();
  const wait = { bytes: gib * 2 ** 30, everyMs: pollMs };
  const job = { uid, jobId: await stage.submit(uid), ...wait };
  await until(stage, job, ({ parts }) => parts.every(({ state }) => state === "exported"));
  const uploadedAt = performance.now();
  await until(stage, job, ({ state }) => state === "ready");
  const readyAt = performance.now();
  const pulled = await download(run, await stage.link(uid, job.jobId));
  const seconds = {
    upload: (uploadedAt - beganAt) / 1_000,
    archive: (readyAt - uploadedAt) / 1_000,
    download: pulled.seconds,
  };
  const { idle, peakAboveIdle } = stage.memory();
  say(
    `exports: ${gib} GiB, upload ${seconds.upload.toFixed(1)} s, archive ${seconds.archive.toFixed(1)} s, ` +
      `download ${seconds.download.toFixed(1)} s; ${peakAboveIdle.toFixed(0)} MB above ${idle.toFixed(0)}`,
  );
  const path = pulled.path ?? (place.driver === "fs" ? (await archivesIn(place.path))[0] : null);
  const wrong = path ? await judge(stage.url, path, files.length) : ["there is no archive"];
  return { seconds, figures: figuresOf(gib, seconds, pulled.bytes, peakAboveIdle), wrong };
}

function figuresOf(gib: number, seconds: Seconds, bytes: number, peakAboveIdle: number): Figure[] {
  const of = (title: string) => `${gib} GiB: ${title}`;
  return [
    figure(of("uploaded"), "MB/s", [rate(gib, seconds.upload)]),
    figure(of("archived"), "MB/s", [rate(gib, seconds.archive)]),
    figure(of("downloaded"), "MB/s", [bytes / 1e6 / seconds.download]),
    figure(of("in all"), "s", [seconds.upload + seconds.archive + seconds.download]),
    peak(of("the hub's memory above idle"), [peakAboveIdle], { atMost: mostMb }),
  ];
}

/** Into a file where the archive lies in no file yet. */
async function download({ place, folder, log }: Run, url: string) {
  const into = place.driver === "fs" ? null : join(folder, "archive.zip");
  await using pulled = await runTask("pull", { url, into }, log);
  return { path: into, bytes: pulled.out.bytes, seconds: pulled.seconds };
}

/** The same bytes by who packs nothing that does not become smaller. @returns how long it took, in seconds. */
async function byLibrary({ folder, gib, log, place, say }: Run): Promise<number> {
  if (place.driver === "fs") await rm(place.path, { recursive: true });
  const path = join(folder, "plain");
  await mkdir(path);
  await using door = await runTask("receivePlainly", { path, withHash: false }, log);
  const given = { url: door.out.url, files: planFiles(gib), atOnce: services };
  await using pushed = await runTask("push", given, log);
  const into = join(folder, "library.zip");
  const task = { files: pushed.out as readonly KeptFile[], into, storesNoise: true };
  await using made = await runTask("library", task, log);
  for (const each of [path, into]) await rm(each, { recursive: true });
  say(`exports: ${gib} GiB, the library alone ${made.seconds.toFixed(1)} s`);
  return made.seconds;
}

function compare(gib: number, { upload, archive, download }: Seconds, alone: number | null) {
  if (alone === null) return [];
  const of = (title: string) => `${gib} GiB: ${title}`;
  const all = upload + archive + download;
  return [
    figure(of("the library alone, from file to file"), "MB/s", [rate(gib, alone)]),
    figure(of("archived / the library alone"), "×", [alone / archive], { atLeast: leastOfLibrary }),
    figure(of("from the wish to the last byte / the library alone"), "×", [alone / all]),
  ];
}
