import { setTimeout as pause } from "node:timers/promises";
import { always } from "../always.ts";
import type { Act, Scenario } from "../scenario.ts";
import { countLateOutcomes } from "../seen.ts";

const stoppedForMs = 60_000;
const stops = 2;

export const scenario: Scenario = {
  order: 2,
  name: "stop",
  fault: "SIGSTOP of a worker for 60 s while it calls, then SIGCONT; then another",
  mustShow: "its late results change nothing wrongly, and nothing is called after it is done",
  setup: { services: 10, categories: ["1"], processes: { serve: 1, work: 3 } },
  mood: "slow",
  load: { deletions: 600, concurrency: 8, perSecond: 5, openAtMost: 60, categories: ["1"] },
  strike,
  strikesUntil: "done",
  figures: [
    { name: "stops", limit: { atLeast: stops }, of: (seen) => seen.statistics.stops },
    { name: "outcomes that came too late", limit: { atLeast: 5 }, of: countLateOutcomes },
    { name: "repeated calls", limit: { atLeast: 5 }, of: (seen) => seen.statistics.retries },
    ...always,
  ],
};

async function strike({ nemesis, stopping }: Act): Promise<void> {
  for (let count = 0; count < stops && !stopping.aborted; count += 1) {
    await pause(3_000, null, { signal: stopping }).catch(() => {});
    await nemesis.stop(stoppedForMs);
  }
}
