import type { Ground } from "../ground.ts";
import { newUid } from "../people.ts";
import { spreadOf } from "../statistics.ts";
import type { Trial, TrialPace, Tried } from "../trial.ts";
import { figure, peak } from "./figures.ts";
import { archivesIn, judge } from "./judge.ts";
import { planFiles, rate } from "./plan.ts";
import { type Run, startRun } from "./run.ts";
import { type Stage, startStage, until } from "./stage.ts";

const count = 50;
const gibEach = 0.01;
/** One of them has as much as this many others. */
const largeTimes = 25;
/** With it the others share the hub with half as many bytes again. */
const mostStretch = 2;
const mostMb = 400;
/** Fifty portals' looks at their exports are no load that is measured here. */
const pollMs = 500;

/**
 * Fifty exports at once, the first of them large. They share fairly where equals are served alike, and where the others are
 * not held up by the large one; memory does not add up.
 */
export const many: Trial = {
  name: "many-exports",
  title: "fifty exports at once, the first of them large",
  run: measure,
};

async function measure(ground: Ground, pace: TrialPace): Promise<Tried> {
  const each = pace.driver === "s3" ? gibEach / 16 : pace.isQuick ? gibEach / 5 : gibEach;
  const gib = (count - 1 + largeTimes) * each;
  await using run = await startRun(ground, pace, gib + (count - 1) * each);
  const [alone, others] = [newUids(count - 1), newUids(count - 1)];
  const [first = ""] = newUids(1);
  const shares = new Map([...alone, ...others].map((uid) => [uid, planFiles(each)]));
  shares.set(first, planFiles(each * largeTimes));
  await using stage = await startStage(ground, run, shares);
  const without = spreadOf(await exportAll(stage, alone, gib * 2 ** 30));
  const [large = 0, ...small] = await exportAll(stage, [first, ...others], gib * 2 ** 30);
  const memory = stage.memory().peakAboveIdle;
  const { median, min, max } = spreadOf(small);
  run.say(
    `many-exports: small ones ${without.median.toFixed(1)} s; with a large one of ${large.toFixed(1)} s ` +
      `${min.toFixed(1)}, ${median.toFixed(1)} to ${max.toFixed(1)} s; ${memory.toFixed(0)} MB`,
  );
  return {
    wrong: await judgeAll(run, stage),
    figures: [
      figure("uploaded and archived", "MB/s", [rate(gib, Math.max(large, max))]),
      figure("small ones ready, first", "s", [min]),
      figure("small ones ready, median", "s", [median]),
      figure("small ones ready, last", "s", [max]),
      figure("the large one ready", "s", [large]),
      figure("small ones with the large one / without it", "×", [median / without.median], {
        atMost: mostStretch,
      }),
      figure("Jain's index of the small ones' rates", "of 1", [jain(small)], { atLeast: 0.8 }),
      peak("the hub's memory above idle", [memory], { atMost: mostMb }),
    ],
  };
}

function newUids(length: number): string[] {
  return Array.from({ length }, newUid);
}

/** @returns after how many seconds each of them was ready. */
async function exportAll(stage: Stage, uids: readonly string[], bytes: number): Promise<number[]> {
  const beganAt = performance.now();
  return Promise.all(
    uids.map(async (uid) => {
      const job = { uid, jobId: await stage.submit(uid), bytes, everyMs: pollMs };
      await until(stage, job, ({ state }) => state === "ready");
      return (performance.now() - beganAt) / 1_000;
    }),
  );
}

/** 1 where all were served alike; the part of them that was, where the others had to wait for ever. Source: Jain, 1984. */
function jain(seconds: readonly number[]): number {
  const rates = seconds.map((each) => 1 / each);
  const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
  return sum(rates) ** 2 / (rates.length * sum(rates.map((rate) => rate ** 2)));
}

async function judgeAll({ place }: Run, stage: Stage): Promise<string[]> {
  if (place.driver !== "fs") return [];
  const paths = await archivesIn(place.path);
  const wrong = paths.length === 2 * count - 1 ? [] : [`there are ${paths.length} archives`];
  const files = planFiles(1).length;
  for (const path of paths) wrong.push(...(await judge(stage.url, path, files)));
  return wrong;
}
