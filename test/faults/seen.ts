import type { History, statistics } from "../support/history.ts";
import type { Victim } from "./logs.ts";
import type { StubCounts } from "./services/stub.ts";

/** All that is known of a run when it is over. */
export interface Seen {
  readonly history: History;
  readonly statistics: ReturnType<typeof statistics>;
  readonly services: Readonly<Record<string, StubCounts>>;
  /** Processes that ended on their own. */
  readonly crashes: number;
  /** Processes that others were started for, whatever ended them. */
  readonly replaced: number;
  /** Lines of the processes' logs that tell of an error nobody caught. */
  readonly uncaught: number;
  /** Lines that tell of a completion that graphile-worker could not write, and did not await. */
  readonly untold: number;
  /** Requests whose outcome stayed open after all repeats. */
  readonly givenUp: number;
  /** From the first request until everything was closed. */
  readonly tookMs: number;
  /** What the scenario counted for itself. */
  readonly tally: ReadonlyMap<string, number>;
}

export const tallied = (name: string) => (seen: Seen) => seen.tally.get(name) ?? 0;

type Event = History["events"][number];

const nameOf = (part: Omit<Victim, "attempt">) =>
  `${part.deletion_id} ${part.service}/${part.category_id}`;

/**
 * Outcomes that came too late: a worker was stopped while it called, something befell the part meanwhile,
 * and then the worker went on and had an answer, or a timeout, of the old attempt to record.
 */
export function countLateOutcomes({ history }: Seen): number {
  const events = Map.groupBy(history.events, nameOf);
  const isLate = (victim: Victim, from: number, to: number) =>
    (events.get(nameOf(victim)) ?? []).some(({ at }: Event) => at > from && at < to);
  const late = history.nemesis.flatMap((stop, index) => {
    if (stop.kind !== "stop") return [];
    const goesOn = history.nemesis
      .slice(index)
      .find(({ kind, workerId }) => kind === "continue" && workerId === stop.workerId);
    return (stop.victims ?? []).filter((victim) => isLate(victim, stop.at, goesOn?.at ?? 0));
  });
  return late.length;
}

export function countOpen({ history }: Seen): number {
  return history.deletions.filter(({ is_closed }) => !is_closed).length;
}

/** Parts that are done though their service was never called. */
export function countUncalled({ history }: Seen): number {
  const called = new Set(
    history.calls.flatMap(({ deletionId, service, categories }) =>
      categories.map((category_id) =>
        nameOf({ deletion_id: deletionId ?? "", service, category_id }),
      ),
    ),
  );
  return history.parts.filter((part) => part.state === "deleted" && !called.has(nameOf(part)))
    .length;
}

/** Calls that bore a ticket which was not the hub's. */
export function countRefusedCalls({ services }: Seen): number {
  return Object.values(services).reduce((sum, { refused }) => sum + refused, 0);
}
