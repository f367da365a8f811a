import { always } from "../always.ts";
import { eatCommits } from "../commit-eater.ts";
import type { Scenario } from "../scenario.ts";
import { type Seen, tallied } from "../seen.ts";

export const scenario: Scenario = {
  order: 5,
  name: "commit-lost",
  fault:
    "the connection lost between COMMIT and its answer, for half of all transactions; one in eight of " +
    "these hangs for 3 s first",
  mustShow:
    "every request answered ok is there, once; the portal's repeat with the same request_id is answered " +
    "ok; nothing is deleted twice",
  setup: {
    services: 4,
    categories: ["1", "2"],
    processes: { serve: 2, work: 2 },
    between: eatCommits({ chance: 0.5, most: 1_000, hang: { chance: 0.12, ms: 3_000 } }),
  },
  mood: "well",
  load: { deletions: 320, concurrency: 8, perSecond: 8, categories: ["1", "2"] },
  figures: [
    {
      name: "answers to COMMIT that were eaten",
      limit: { atLeast: 500 },
      of: tallied("answers eaten"),
    },
    {
      name: "of them waited for in vain",
      limit: { atLeast: 50 },
      of: tallied("answers waited for in vain"),
    },
    { name: "repeats of open outcomes, answered ok", limit: { atLeast: 10 }, of: countSettled },
    { name: "requests refused in the end", limit: { atMost: 0 }, of: countRefused },
    {
      name: "requests stored more or less often than answered ok",
      limit: { atMost: 0 },
      of: countAstray,
    },
    { name: "deletions more than requests", limit: { atMost: 0 }, of: countDoubles },
    {
      name: "claims given back, for their answer came too late to call",
      limit: { atLeast: 10 },
      of: (seen) => seen.statistics.excused,
    },
    ...always,
  ],
};

/** Requests that were answered ok after a try whose outcome was open. */
function countSettled({ history: { clients } }: Seen): number {
  const byRequest = Map.groupBy(clients, ({ uid, requestId }) => `${uid} ${requestId}`);
  return [...byRequest.values()].filter((tries) => {
    const open = tries.findIndex(({ result }) => result === "unknown");
    return open >= 0 && tries.slice(open).some(({ result }) => result === "ok");
  }).length;
}

function countRefused({ history: { clients } }: Seen): number {
  return clients.filter(({ result }) => result === "fail").length;
}

function countAstray({ history: { clients, requests } }: Seen): number {
  const ok = clients.filter(({ result }) => result === "ok");
  const asked = new Set(ok.map(({ uid, requestId }) => `${uid} ${requestId}`)).size;
  return Math.abs(asked - requests.length);
}

/** A user has at most one deletion for each of his requests, however often they were repeated. */
function countDoubles({ history: { clients, deletions, subjects } }: Seen): number {
  const made = Map.groupBy(deletions, ({ subject }) => subject);
  return [...Map.groupBy(clients, ({ uid }) => uid)].reduce((sum, [uid, own]) => {
    const asked = new Set(own.map(({ requestId }) => requestId)).size;
    return sum + Math.max(0, (made.get(subjects?.of(uid) ?? "")?.length ?? 0) - asked);
  }, 0);
}
