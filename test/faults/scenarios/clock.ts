import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { always } from "../always.ts";
import type { Member } from "../fleet.ts";
import type { Act, Scenario } from "../scenario.ts";
import { type Seen, tallied } from "../seen.ts";
import { count, type Stage } from "../stage.ts";

const offMs = 5 * 60_000;
const eachWayMs = 20_000;
const lookEveryMs = 200;
/** A deletion is accepted between question and answer, by clocks of one machine. */
const fenceWithinMs = 500;
const preload = pathToFileURL(join(import.meta.dirname, "..", "fixtures", "shifted-clock.ts")).href;

export const scenario: Scenario = {
  order: 8,
  name: "clock",
  fault: "the clock of one process of three is 5 minutes fast, then 5 minutes slow",
  mustShow:
    "the database's time decides: nothing is refused, called again too soon, or left in a lease, and " +
    "every deletion ends as it should",
  setup: { services: 6, categories: ["1"], processes: { up: 3 } },
  mood: "flaky",
  load: { deletions: 300, concurrency: 6, perSecond: 4, openAtMost: 40, categories: ["1"] },
  strike,
  strikesUntil: "done",
  figures: [
    { name: "processes whose clock was off", limit: { atLeast: 2 }, of: tallied("off") },
    { name: "calls seen under way in them", limit: { atLeast: 10 }, of: tallied("calls") },
    { name: "requests that they answered ok", limit: { atLeast: 10 }, of: tallied("ok") },
    { name: "requests refused", limit: { atMost: 0 }, of: countRefused },
    { name: "parts that are not deleted", limit: { atMost: 0 }, of: countFailed },
    { name: "fences off the real time", limit: { atMost: 0 }, of: countOddFences },
    { name: "repeated calls", limit: { atLeast: 20 }, of: (seen) => seen.statistics.retries },
    { name: "calls of a service for a deletion, mean", limit: { atMost: 1.4 }, of: meanCalls },
    { name: "calls of a service for a deletion, most", limit: { atMost: 10 }, of: mostCalls },
    { name: "longest deletion", unit: "s", limit: { atMost: 60 }, of: findLongest },
    ...always,
  ],
};

async function strike({ stage, nemesis, stopping }: Act): Promise<void> {
  const { fleet } = stage;
  let [victim] = fleet.members("up");
  for (const off of [offMs, -offMs]) {
    fleet.change({
      env: { NODE_OPTIONS: `--import=${preload}`, FAULTS_CLOCK_OFF_MS: `${off}` },
    });
    if (victim) await nemesis.drain(victim);
    fleet.change({});
    victim = fleet.members("up").find(({ url }) => url === victim?.url);
    if (victim) await watch(stage, victim, stopping);
  }
  if (victim) await nemesis.drain(victim);
}

/** Counts what the process with the wrong clock does meanwhile. */
async function watch(stage: Stage, member: Member, stopping: AbortSignal): Promise<void> {
  const { sql, tally } = stage;
  if (Math.abs((await readStart(stage, member)) - member.startedAt) > offMs / 2)
    count(tally, "off");
  const endsAt = performance.now() + eachWayMs;
  while (performance.now() < endsAt && !stopping.aborted) {
    const [row] = await sql<{ calls: number }[]>`
      select count(*)::int as calls from parts where leased_by = ${member.workerId}`;
    count(tally, "calls", row?.calls);
    await pause(lookEveryMs);
  }
  count(tally, "ok", await readAnswered(member));
}

/** By its own clock, as it says in its log. */
async function readStart({ folder }: Stage, { workerId }: Member): Promise<number> {
  const log = await readFile(join(folder, "processes", `${workerId}.log`), "utf8");
  return Date.parse((JSON.parse(log.split("\n")[0] ?? "") as { time: string }).time);
}

/** Delete requests that it answered ok, as its metrics say. */
async function readAnswered({ url }: Member): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((response) => response.text());
  const line =
    /^takeout_http_request_duration_seconds_count\{(?=.*deleteData)(?=.*"200").*\} (\d+)$/m;
  return Number(line.exec(text)?.[1] ?? 0);
}

function countRefused({ history: { clients } }: Seen): number {
  return clients.filter(({ result }) => result === "fail").length;
}

function countFailed({ history: { parts } }: Seen): number {
  return parts.filter(({ state }) => state !== "deleted").length;
}

/** Every deletion bears a moment at which somebody was being answered. */
function countOddFences({ history: { clients, deletions } }: Seen): number {
  const spans = clients
    .map(({ invokedAt, endedAt }) => ({ from: invokedAt, to: endedAt ?? invokedAt }))
    .map(({ from, to }) => ({ from: from - fenceWithinMs, to: to + fenceWithinMs }));
  return deletions.filter(
    ({ accepted_at: at }) => !spans.some(({ from, to }) => from <= at && at <= to),
  ).length;
}

function callsPerDeletion({ history: { calls } }: Seen): number[] {
  const deletes = calls.filter(({ kind }) => kind === "delete");
  const own = Map.groupBy(deletes, ({ deletionId, service }) => `${deletionId} ${service}`);
  return [...own.values()].map(({ length }) => length);
}

function meanCalls(seen: Seen): number {
  const counts = callsPerDeletion(seen);
  return counts.reduce((sum, each) => sum + each, 0) / counts.length;
}

function mostCalls(seen: Seen): number {
  return Math.max(...callsPerDeletion(seen));
}

function findLongest({ history: { categories, deletions } }: Seen): number {
  const acceptedAt = new Map(deletions.map(({ id, accepted_at }) => [id, accepted_at]));
  const times = categories.map(
    ({ deletion_id, closed_at }) =>
      (closed_at ?? Number.POSITIVE_INFINITY) - (acceptedAt.get(deletion_id) ?? 0),
  );
  return Math.max(...times) / 1_000;
}
