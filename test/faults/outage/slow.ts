import { setTimeout as pause } from "node:timers/promises";
import { nameOf } from "../../support/history/rows.ts";
import type { Act, Figure, Scenario } from "../scenario.ts";
import type { Seen } from "../seen.ts";
import { startControl } from "./control.ts";
import type { Outage } from "./outage.ts";
import { completions, p95, type Run, ratioToControl, readRun } from "./run.ts";

export interface SlowPlan {
  readonly service: string;
  readonly warmUpMs: number;
  /** Its breaker is held open until so many parts stand in line. */
  readonly backlog: number;
  readonly slowMs: number;
}

/** Lets a long line stand before a service that is slow but well, while others are asked for too. */
export async function playSlow(
  plan: SlowPlan,
  scenario: Pick<Scenario, "setup" | "load">,
  act: Act,
): Promise<Outage> {
  const { stage, stopping } = act;
  const wait = (ms: number) => pause(ms, null, { signal: stopping }).catch(() => {});
  const setMood = (mood: "failing" | "slow" | "well") =>
    stage.services.setMood(mood, [plan.service]);
  await using control = await startControl(scenario, act);
  const baselineAt = Date.now();
  await wait(plan.warmUpMs);
  await setMood("failing");
  while (!stopping.aborted && (await countInLine(act)) < plan.backlog) await wait(1_000);
  await setMood("slow");
  await wait(recoveryMs);
  const brokenAt = Date.now();
  await wait(plan.slowMs);
  const wellAt = Date.now();
  await setMood("well");
  const moments = { baselineAt, brokenAt, wellAt, endedAt: wellAt };
  return { ...moments, broken: [plan.service], sights: [], control: await control.finish() };
}

/** Its breaker closes, and room comes back. */
const recoveryMs = 15_000;

async function countInLine({ stage }: Act): Promise<number> {
  const [row] = await stage.sql<{ count: number }[]>`
    select count(*)::int as count from parts where parked_at is not null`;
  return row?.count ?? 0;
}

/** @param room - calls at once that all processes together have for it. */
export function slowFigures(outage: () => Outage, room: number): Figure[] {
  const look = (of: (run: Run) => number) => (seen: Seen) => of(readRun(seen, outage()));
  const atLeast = (limit: number) => ({ limit: { atLeast: limit } });
  const atMost = (limit: number) => ({ limit: { atMost: limit } });
  return [
    { name: "well parts beside it", ...atLeast(500), of: look((run) => beside(run).length) },
    { name: "p95 of them", unit: "ms", ...atMost(10_000), of: look((run) => p95(beside(run))) },
    { name: "p95 of them, of another hub's", unit: "×", ...atMost(1.2), of: look(ratio) },
    { name: "calls of the slow one", unit: "/s", ...atLeast(1), of: look(callsPerSecond) },
    {
      name: "share of its room that was filled",
      ...atLeast(0.85),
      of: look((run) => filled(run, room)),
    },
    { name: "parts in line all the while", ...atLeast(500), of: look(countLeft) },
  ];
}

const beside = (run: Run) => completions(run, run.brokenAt, run.wellAt);
const ratio = (run: Run) => ratioToControl(run, run.brokenAt, run.wellAt);

function slowCalls(run: Run) {
  return run.seen.history.calls.filter(
    ({ service, kind, arrivedAt }) =>
      run.broken.includes(service) &&
      kind === "delete" &&
      arrivedAt >= run.brokenAt &&
      arrivedAt < run.wellAt,
  );
}

const callsPerSecond = (run: Run) => (1_000 * slowCalls(run).length) / (run.wellAt - run.brokenAt);

function filled(run: Run, room: number): number {
  const spans = slowCalls(run).map(
    ({ arrivedAt, answeredAt }) => Math.min(answeredAt ?? run.wellAt, run.wellAt) - arrivedAt,
  );
  return spans.reduce((sum, span) => sum + span, 0) / (room * (run.wellAt - run.brokenAt));
}

/** Parts that had been accepted before the end and were first called after it. */
function countLeft(run: Run): number {
  const accepted = new Map(run.seen.history.deletions.map((row) => [row.id, row.accepted_at]));
  return run.seen.history.parts.filter((part) => {
    if (!run.broken.includes(part.service)) return false;
    const done = run.eventsOf.get(nameOf(part))?.find(({ event }) => event.startsWith("answered"));
    return (accepted.get(part.deletion_id) ?? 0) < run.wellAt && (done?.at ?? 0) > run.wellAt;
  }).length;
}
