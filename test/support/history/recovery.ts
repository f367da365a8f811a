import type { Victim } from "../../faults/logs.ts";
import type { IndexedHistory } from "./indexed.ts";
import type { Look } from "./look.ts";
import { type EventRow, nameOf } from "./rows.ts";

/** How soon what a killed worker had under way goes on, in ms (rule 7). */
const resumeGoals = { medianMs: 5_000, p99Ms: 10_000 } as const;

/** How long the parts of killed workers lay still, in ms. */
export interface Resumes {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The parts that nothing ever happened to again. */
  readonly missing: readonly string[];
}

export function findResumes(history: IndexedHistory): Resumes {
  const missing: string[] = [];
  const times: number[] = [];
  for (const { at: killedAt, kind, victims = [] } of history.nemesis) {
    if (kind !== "kill") continue;
    for (const victim of victims) {
      const next = findNext(history, victim);
      if (!next) missing.push(`${nameOf(victim)}, attempt ${victim.attempt} never went on`);
      // What was recorded just before the kill was no victim after all.
      else if (next.at > killedAt) times.push(next.at - killedAt);
    }
  }
  times.sort((one, other) => one - other);
  const count = times.length + missing.length;
  return { count, missing, p50: rank(times, 0.5), p99: rank(times, 0.99), max: rank(times, 1) };
}

/** What happened to a part after the claim that its worker died of. */
function findNext(history: IndexedHistory, victim: Victim): EventRow | undefined {
  const events = history.eventsOf.get(nameOf(victim)) ?? [];
  const claim = events.findIndex(
    ({ event, attempt }) => event === "claimed" && attempt === victim.attempt,
  );
  return claim < 0 ? undefined : events[claim + 1];
}

/** By the nearest rank; 0 of nothing. @param sorted - upwards. */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** What killed workers had under way goes on within the goals, all of it. */
export function lookForLateResumes(history: IndexedHistory): Look {
  const { count, p50, p99, missing } = findResumes(history);
  const { medianMs, p99Ms } = resumeGoals;
  return {
    seen: count,
    violations: [
      ...missing,
      ...(p50 > medianMs ? [`median ${Math.round(p50)} ms, goal ${medianMs}`] : []),
      ...(p99 > p99Ms ? [`p99 ${Math.round(p99)} ms, goal ${p99Ms}`] : []),
    ],
  };
}

/** When everything has ended, no deletion is open, no job is held, no worker is registered that is gone. */
export function lookForRemains({ remains, deletions }: IndexedHistory): Look {
  if (remains === null) return { seen: 0, violations: [] };
  const open = deletions.filter(({ is_closed }) => !is_closed);
  return {
    seen: deletions.length + remains.lookedAt,
    violations: [
      ...open.map(({ id }) => `deletion ${id} is open`),
      ...remains.lockedJobs.map((id) => `job ${id} is held`),
      ...remains.goneWorkers.map((id) => `worker ${id} is registered, and gone`),
    ],
  };
}

/** No table and no log names a person. Counted are the rows and lines that were searched. */
export function lookForTraces({ searches }: IndexedHistory): Look {
  return {
    seen: searches.reduce((sum, { lines }) => sum + lines, 0),
    violations: searches.flatMap(({ place, found }) => found.map((what) => `${what} in ${place}`)),
  };
}
