import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import type { TrialPace } from "../trial.ts";
import { startBucket } from "./bucket.ts";
import type { Place } from "./tasks.ts";

/** Where an export is measured, and how much of one. */
export interface Run extends AsyncDisposable {
  /** Where everything lies that is written. */
  readonly folder: string;
  readonly place: Place;
  readonly gib: number;
  readonly rounds: number;
  readonly log: string;
  readonly say: (line: string) => void;
}

/** As much as the files of the services, a copy of them, and two archives. */
const neededTimes = 4;

/** @throws Error when the disk has no room. */
export async function startRun(
  { folder: parent }: Ground,
  { rounds, driver, say }: TrialPace,
  gib: number,
): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(parent, "export-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < gib * 2 ** 30 * neededTimes) {
    throw new Error(`${folder} has no room for ${neededTimes} × ${gib} GiB`);
  }
  const path = join(folder, "store");
  await mkdir(path);
  const place: Place =
    driver === "fs" ? { driver, path } : stack.use(await startBucket(folder)).place;
  const kept = stack.move();
  const log = join(parent, "export.log");
  return {
    ...{ folder, place, gib, rounds, log, say },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
