import { setTimeout as pause } from "node:timers/promises";
import { always } from "../always.ts";
import type { Act, Scenario } from "../scenario.ts";
import type { Seen } from "../seen.ts";

const rounds = 2;
const processes = 3;

export const scenario: Scenario = {
  order: 4,
  name: "drain",
  fault: "a rolling restart of three processes by SIGTERM under load, twice",
  mustShow:
    "no request fails at more than one process, and no call is made twice: it costs no request and no attempt",
  setup: { services: 10, categories: ["1"], processes: { up: processes } },
  mood: "slow",
  load: { deletions: 400, concurrency: 8, perSecond: 6, openAtMost: 60, categories: ["1"] },
  strike,
  strikesUntil: "done",
  figures: [
    {
      name: "drains",
      limit: { atLeast: rounds * processes },
      of: (seen) => seen.statistics.drains,
    },
    { name: "requests ok", limit: { atLeast: 300 }, of: (seen) => seen.statistics.requestsOk },
    { name: "requests cut off after they were taken", limit: { atMost: 0 }, of: countCutOff },
    { name: "requests refused", limit: { atMost: 0 }, of: countRefused },
    { name: "requests that failed twice in a row", limit: { atMost: 0 }, of: countFailedTwice },
    { name: "repeated calls", limit: { atMost: 0 }, of: (seen) => seen.statistics.retries },
    { name: "failed attempts", limit: { atMost: 0 }, of: countFailures },
    ...always,
  ],
};

async function strike({ stage, nemesis, stopping }: Act): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const member of stage.fleet.members("up")) {
      await pause(4_000, null, { signal: stopping }).catch(() => {});
      if (!stopping.aborted) await nemesis.drain(member);
    }
  }
}

/** A process that is gone refuses connections; what it has begun to take it must answer. */
function countCutOff({ history }: Seen): number {
  return history.clients.filter(({ error }) => error !== undefined && error !== "ECONNREFUSED")
    .length;
}

/** Refused for good, or with a 5xx: what is drained answers what it has taken. */
function countRefused({ history }: Seen): number {
  return history.clients.filter(({ result, status }) => result !== "ok" && status !== null).length;
}

function countFailedTwice({ history }: Seen): number {
  const tries = Map.groupBy(history.clients, ({ requestId }) => requestId);
  const failed = [...tries.values()].filter((own) =>
    own.some(({ result }, at) => result !== "ok" && own[at + 1] && own[at + 1]?.result !== "ok"),
  );
  return failed.length;
}

function countFailures({ history }: Seen): number {
  return history.parts.reduce((sum, { failures }) => sum + failures, 0);
}
