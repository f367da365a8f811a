import { setTimeout as pause } from "node:timers/promises";
import { always } from "../always.ts";
import type { Act, Scenario } from "../scenario.ts";

const restarts = 10;
/** Every third stays away for longer than the hub waits for it, so that requests are left without an answer. */
const longEvery = 3;

export const scenario: Scenario = {
  order: 3,
  name: "database",
  fault: "PostgreSQL stopped with immediate and started again, ten times under load",
  mustShow:
    "every request that was answered ok is there afterwards, the processes recover by themselves, and " +
    "no error is left that nobody caught",
  setup: { services: 10, categories: ["1"], processes: { serve: 1, work: 2, up: 1 } },
  mood: "flaky",
  load: { deletions: 800, concurrency: 16, perSecond: 12, openAtMost: 100, categories: ["1"] },
  strike,
  strikesUntil: "done",
  figures: [
    {
      name: "restarts",
      limit: { atLeast: restarts },
      of: ({ history }) => history.nemesis.filter(({ kind }) => kind === "database_start").length,
    },
    {
      name: "open outcomes",
      limit: { atLeast: 10 },
      of: (seen) => seen.statistics.requestsUnknown,
    },
    { name: "repeated calls", limit: { atLeast: 10 }, of: (seen) => seen.statistics.retries },
    {
      name: "processes that had to be replaced",
      limit: { atMost: 0 },
      of: (seen) => seen.replaced,
    },
    // Rejections that graphile-worker leaves to nobody; the hub knows them, and the sweep heals the job.
    {
      name: "ends of jobs that the queue was not told of",
      limit: { atLeast: 0 },
      of: (seen) => seen.untold,
    },
    ...always,
  ],
};

async function strike({ nemesis, dice, stopping }: Act): Promise<void> {
  for (let count = 0; count < restarts && !stopping.aborted; count += 1) {
    await pause(2_000 + dice.below(2_000), null, { signal: stopping }).catch(() => {});
    const awayMs = (count + 1) % longEvery === 0 ? 4_000 : 200;
    await nemesis.restartDatabase(awayMs + dice.below(800));
  }
}
