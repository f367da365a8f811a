import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import type { Trial, TrialPace, Tried } from "../trial.ts";
import { figure, peak } from "./figures.ts";
import { planFiles, rate, services } from "./plan.ts";
import { type Run, startRun } from "./run.ts";
import { runTask } from "./run-task.ts";
import type { KeptFile } from "./tasks.ts";

const mostMb = 160;

/** What the store of blobs makes of a body, beside a file that is written as plainly as Node can. */
export const uploads: Trial = {
  name: "uploads",
  title: "uploads into the store of blobs, five at once",
  run: measure,
};

async function measure(ground: Ground, pace: TrialPace): Promise<Tried> {
  await using run = await startRun(ground, pace, pace.gib[0] ?? 1);
  const { gib, rounds, say } = run;
  const [ours, plain, hashed]: [Cost[], Cost[], Cost[]] = [[], [], []];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const stored = await intoStore(run);
    await removeBlobs(stored.kept);
    ours.push(stored.cost);
    memory.push(stored.memory);
    plain.push(await intoFiles(run, false));
    hashed.push(await intoFiles(run, true));
    const last = [ours, plain, hashed].map((costs) => costs.at(-1)?.rate.toFixed(0));
    say(`uploads: ${gib} GiB, store / plain / plain with hash: ${last.join(" / ")} MB/s`);
  }
  return {
    wrong: [],
    figures: [
      figure("store, SHA-256 and fsync", "MB/s", ours.map(rateOf)),
      figure("plain file, fsync, no hash", "MB/s", plain.map(rateOf)),
      figure("plain file, fsync, SHA-256", "MB/s", hashed.map(rateOf)),
      figure("store / plain file without hash", "×", ratios(ours, plain, rateOf), {
        ...{ atLeast: 0.55, aim: 0.7 },
      }),
      figure(
        "store / plain file without hash, processor time",
        "×",
        ratios(ours, plain, cpuSecondsOf),
      ),
      figure(
        "store / plain file with hash, processor time",
        "×",
        ratios(ours, hashed, cpuSecondsOf),
      ),
      peak("memory above idle", memory, { atMost: mostMb }),
    ],
  };
}

/** What an upload cost: MB/s, and seconds of processor time of who took it. */
interface Cost {
  readonly rate: number;
  readonly cpu: number;
}

const rateOf = ({ rate }: Cost) => rate;
const cpuSecondsOf = ({ cpu }: Cost) => cpu;

function ratios(ours: readonly Cost[], others: readonly Cost[], of: (cost: Cost) => number) {
  return ours.map((each, at) => of(each) / of(others[at] as Cost));
}

/** Uploads what services have; it stays. */
export async function intoStore(
  run: Run,
): Promise<{ kept: KeptFile[]; cost: Cost; memory: number }> {
  await using door = await runTask("receive", { place: run.place }, run.log);
  const { kept, rate } = await push(run, door.out.url);
  return { kept, cost: { rate, cpu: await door.cpu() }, memory: door.memory().peakAboveIdle };
}

async function intoFiles(run: Run, withHash: boolean): Promise<Cost> {
  const path = join(run.folder, "plain");
  await mkdir(path, { recursive: true });
  await using door = await runTask("receivePlainly", { path, withHash }, run.log);
  const { rate } = await push(run, door.out.url);
  const cpu = await door.cpu();
  await rm(path, { recursive: true });
  return { rate, cpu };
}

async function push({ gib, log }: Run, url: string): Promise<{ kept: KeptFile[]; rate: number }> {
  const files = planFiles(gib);
  await using pushed = await runTask("push", { url, files, atOnce: services }, log);
  return { kept: pushed.out, rate: rate(gib, pushed.seconds) };
}

async function removeBlobs(kept: readonly KeptFile[]): Promise<void> {
  for (const { path } of kept) if (path !== "") await rm(path, { force: true });
}
