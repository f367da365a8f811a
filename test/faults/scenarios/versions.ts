import { setTimeout as pause } from "node:timers/promises";
import { always } from "../always.ts";
import { createNextVersion } from "../next-version.ts";
import type { Act, Scenario } from "../scenario.ts";
import { type Seen, tallied } from "../seen.ts";
import { count, type Stage } from "../stage.ts";
import { watchStatus } from "../status-watch.ts";

const processes = 3;
const sideBySideMs = 4_000;
const quietMs = 2_000;
const readingMs = 15_000;
/** Parts of long ago, so that it takes time to index them: time in which who locks tables in turn gets stuck. */
const oldParts = 300_000;

export const scenario: Scenario = {
  order: 7,
  name: "versions",
  fault:
    "a version with a migration more takes over under load, one process after another, while a backup " +
    "reads, and gives way again",
  mustShow: "no error to the portal, whatever version answers; nothing lost, and no attempt",
  setup: { services: 4, categories: ["1"], processes: { up: processes } },
  mood: "slow",
  load: { deletions: 300, concurrency: 6, perSecond: 4, openAtMost: 40, categories: ["1"] },
  strike,
  strikesUntil: "done",
  figures: [
    {
      name: "processes replaced",
      limit: { atLeast: 2 * processes },
      of: (seen) => seen.statistics.drains,
    },
    { name: "requests ok", limit: { atLeast: 200 }, of: (seen) => seen.statistics.requestsOk },
    { name: "changes by the next version", limit: { atLeast: 200 }, of: tallied("by the next") },
    {
      name: "changes by the old one beside it",
      limit: { atLeast: 100 },
      of: tallied("by the old, beside it"),
    },
    { name: "deadlocks", limit: { atMost: 0 }, of: tallied("deadlocks") },
    { name: "answers of 5xx", limit: { atMost: 0 }, of: countErrors },
    { name: "requests refused", limit: { atMost: 0 }, of: (seen) => countResults(seen, "fail") },
    { name: "requests that failed twice in a row", limit: { atMost: 0 }, of: countFailedTwice },
    { name: "longest wait for an answer", unit: "s", limit: { atMost: 5 }, of: findLongest },
    { name: "statuses ok", limit: { atLeast: 100 }, of: tallied("status 200") },
    { name: "statuses of 5xx", limit: { atMost: 0 }, of: tallied("status 5xx") },
    ...always,
  ],
};

async function strike(act: Act): Promise<void> {
  const { stage } = act;
  await addOldParts(stage);
  await using next = await createNextVersion();
  const watching = new AbortController();
  const watched = watchStatus(act, watching.signal);
  try {
    stage.fleet.change({ root: next.root });
    const [migratedAt] = await Promise.all([replaceAll(act), readForLong(stage)]);
    await pause(sideBySideMs);
    stage.fleet.change({});
    await replaceAll(act);
    await countChanges(stage, migratedAt);
  } finally {
    watching.abort();
    await watched;
    await waitForQuiet(act);
    await stage.sql`delete from parts where reason = ${ofLongAgo}`; // nobody asked for them
  }
}

/** One after another; all of both versions work beside each other for a while. @returns when the first was there. */
async function replaceAll({ stage, nemesis, stopping }: Act): Promise<Date> {
  let firstAt: Date | null = null;
  for (const member of stage.fleet.members("up")) {
    await pause(sideBySideMs, null, { signal: stopping }).catch(() => {});
    if (!stopping.aborted) await nemesis.drain(member);
    firstAt ??= new Date();
  }
  return firstAt ?? new Date();
}

/** Until the load is over: so many rows are not deleted without everybody noticing. */
async function waitForQuiet({ countOpen, progress, stopping }: Act): Promise<void> {
  for (let before = -1; !stopping.aborted; before = progress.ok) {
    if (before === progress.ok && (await countOpen()) === 0) return;
    await pause(quietMs, null, { signal: stopping }).catch(() => {});
  }
}

/** As a backup does: what changes the table has to wait for it, and must not make everybody else wait too. */
async function readForLong({ sql }: Stage): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select from parts limit 1`;
    await pause(readingMs);
  });
}

const ofLongAgo = "of long ago";

async function addOldParts({ sql }: Stage): Promise<void> {
  await sql`
    insert into parts (deletion_id, category_id, service, subject, seq, state, attempt, due_at, closed_at, reason)
    select gen_random_uuid(), '1', 'service-1', gen_random_uuid(), 0, 'deleted', 1, now(), now(), ${ofLongAgo}
      from generate_series(1, ${oldParts}::int)`;
}

/** Parts that the next version wrote last, and those that the old one did when the next was there already. */
async function countChanges({ sql, tally }: Stage, migratedAt: Date): Promise<void> {
  const [row] = await sql<{ next: number; old: number }[]>`
    select (count(*) filter (where written_by = 'next'))::int as next,
           (count(*) filter (where written_by is null and closed_at > ${migratedAt}))::int as old
      from parts where reason is distinct from ${ofLongAgo}`;
  const [deadlocks] = await sql<{ met: number }[]>`
    select deadlocks::int as met from pg_stat_database where datname = current_database()`;
  count(tally, "deadlocks", deadlocks?.met ?? Number.NaN);
  count(tally, "by the next", row?.next);
  count(tally, "by the old, beside it", row?.old);
}

function countErrors({ history: { clients } }: Seen): number {
  return clients.filter(({ status }) => (status ?? 0) >= 500).length;
}

function countResults({ history: { clients } }: Seen, wanted: string): number {
  return clients.filter(({ result }) => result === wanted).length;
}

function countFailedTwice({ history: { clients } }: Seen): number {
  const tries = Map.groupBy(clients, ({ uid, requestId }) => `${uid} ${requestId}`);
  const failed = [...tries.values()].filter((own) =>
    own.some(({ result }, at) => result !== "ok" && own[at + 1] && own[at + 1]?.result !== "ok"),
  );
  return failed.length;
}

function findLongest({ history: { clients } }: Seen): number {
  const waits = clients.map(({ invokedAt, endedAt }) => (endedAt ?? Number.NaN) - invokedAt);
  return Math.max(...waits) / 1_000;
}
