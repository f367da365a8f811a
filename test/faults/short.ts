import { setTimeout as pause } from "node:timers/promises";
import { always } from "./always.ts";
import type { Act, Scenario } from "./scenario.ts";
import { countLateOutcomes } from "./seen.ts";

const kills = 20;
const killEveryMs = 1_700;
const leaving = 2;
/** After so many kills the database is restarted. */
const restartsAfter = [7, 14];

/** Everything at once and not for long: what runs with the tests. */
export const short: Scenario = {
  order: 0,
  name: "short",
  fault: "twenty SIGKILLs, two immediate restarts of PostgreSQL, and a worker that hangs",
  mustShow: "nothing is lost, repeated after it is done, or deleted beyond the fence",
  isUntimed: true,
  setup: {
    services: 10,
    categories: ["1"],
    processes: { serve: 2, work: 4 },
    config: { delete: { concurrency: 8 } },
    service: { report_within: "4s", timeout: { delete: "10s", status: "1s" } },
  },
  mood: "flaky",
  load: { deletions: 300, concurrency: 8, perSecond: 8, categories: ["1"] },
  strike: async (act) => {
    await act.nemesis.hang(20_000);
    await kill(act);
  },
  strikesUntil: "done",
  patienceMs: 240_000,
  figures: [
    { name: "kills", limit: { atLeast: kills }, of: (seen) => seen.statistics.kills },
    {
      name: "restarts of the database",
      limit: { atLeast: restartsAfter.length },
      of: (seen) => seen.statistics.databaseStops,
    },
    { name: "outcomes that came too late", limit: { atLeast: 1 }, of: countLateOutcomes },
    { name: "repeated calls", limit: { atLeast: 10 }, of: (seen) => seen.statistics.retries },
    {
      name: "lost calls made again",
      limit: { atLeast: 5 },
      of: (seen) => seen.statistics.lostClaims,
    },
    ...always,
  ],
};

async function kill({ nemesis, dice, stopping }: Act): Promise<void> {
  for (let done = 0; done < kills && !stopping.aborted; ) {
    await pause(killEveryMs, null, { signal: stopping }).catch(() => {});
    if (!(await nemesis.kill(leaving))) continue;
    done += 1;
    if (restartsAfter.includes(done)) await nemesis.restartDatabase(200 + dice.below(500));
  }
}
