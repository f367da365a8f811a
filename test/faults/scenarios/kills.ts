import { setTimeout as pause } from "node:timers/promises";
import { always, resumes } from "../always.ts";
import type { Act, Scenario } from "../scenario.ts";
import { countLateOutcomes } from "../seen.ts";

const killEveryMs = 2_000;
/** So many workers are up whenever one is killed. */
const leaving = 5;
const stopEveryMs = 25_000;

export const scenario: Scenario = {
  order: 1,
  name: "kills",
  fault: "SIGKILL of a random worker every 2 s, and now and then a worker that hangs for a while",
  mustShow:
    "all deletions end, every part is called at least once and never after it is done, and the work " +
    "of a killed worker is taken up within seconds",
  setup: {
    services: 10,
    categories: ["1"],
    processes: { serve: 2, work: 8 },
    seams: { delay: { chance: 0.002, longestMs: 500 }, kill: 0.00002 },
  },
  mood: "flaky",
  load: { deletions: 5_000, concurrency: 16, perSecond: 10, openAtMost: 60, categories: ["1"] },
  strike: async (act) => {
    await Promise.all([kill(act), hang(act)]);
  },
  figures: [
    { name: "kills", limit: { atLeast: 100 }, of: (seen) => seen.statistics.kills },
    { name: "outcomes that came too late", limit: { atLeast: 1 }, of: countLateOutcomes },
    { name: "repeated calls", limit: { atLeast: 100 }, of: (seen) => seen.statistics.retries },
    ...resumes,
    ...always,
  ],
};

async function kill({ nemesis, stopping }: Act): Promise<void> {
  while (!stopping.aborted) {
    await pause(killEveryMs, null, { signal: stopping }).catch(() => {});
    if (!stopping.aborted) await nemesis.kill(leaving);
  }
}

async function hang({ nemesis, stopping }: Act): Promise<void> {
  while (!stopping.aborted) {
    await nemesis.hang(15_000);
    await pause(stopEveryMs, null, { signal: stopping }).catch(() => {});
  }
}
