import type { History } from "../support/history.ts";
import type { ClientEntry, NemesisEntry, Victim } from "./logs.ts";
import type { StubCounts } from "./services/stub.ts";

/** All that is known of a run when it is over. */
export interface Seen {
  readonly history: History;
  readonly clients: readonly ClientEntry[];
  readonly nemesis: readonly NemesisEntry[];
  readonly services: Readonly<Record<string, StubCounts>>;
  /** Processes that ended on their own. */
  readonly crashes: number;
  /** Lines of the processes' logs that tell of an error nobody caught. */
  readonly uncaught: number;
  /** Requests whose outcome stayed open after all repeats. */
  readonly givenUp: number;
  readonly tookMs: number;
}

type Kind = NemesisEntry["kind"];

export const countOf = (kind: Kind) => (seen: Seen) =>
  seen.nemesis.filter((entry) => entry.kind === kind).length;

const partName = (part: Omit<Victim, "attempt">) =>
  `${part.deletion_id} ${part.service}/${part.category_id}`;

type Event = History["events"][number];

/** The events of each part, in order; made once for a history. */
function eventsByPart({ history }: Seen): Map<string, readonly Event[]> {
  const known = indexes.get(history);
  const index = known ?? Map.groupBy(history.events, partName);
  indexes.set(history, index);
  return index;
}
const indexes = new WeakMap<History, Map<string, readonly Event[]>>();

/**
 * From each kill to the next event of each part that its victim held, in ms; infinite where there is none.
 * A part that has been closed by what was recorded at the moment of the kill is not a victim.
 */
export function resumeTimes(seen: Seen): number[] {
  const events = eventsByPart(seen);
  return seen.nemesis.flatMap(({ kind, at, victims = [] }) => {
    if (kind !== "kill") return [];
    return victims.map((victim) => {
      const next = events.get(partName(victim))?.find((event) => event.at > at);
      return next ? next.at - at : Number.POSITIVE_INFINITY;
    });
  });
}

/** The value below which the share lies; not a number when there is none. */
export function quantile(values: readonly number[], share: number): number {
  const inOrder = values.toSorted((one, other) => one - other);
  return inOrder[Math.min(inOrder.length - 1, Math.floor(share * inOrder.length))] ?? Number.NaN;
}

export const resume = (share: number) => (seen: Seen) => quantile(resumeTimes(seen), share) / 1_000;

/**
 * Outcomes that came too late: a worker was stopped while it called, the part was claimed anew or moved
 * on meanwhile, and then the worker went on and had an answer, or a timeout, of the old attempt to record.
 */
export function countStale(seen: Seen): number {
  const events = eventsByPart(seen);
  return seen.nemesis.reduce((sum, stop, at) => {
    if (stop.kind !== "stop") return sum;
    const goesOn = seen.nemesis
      .slice(at)
      .find(({ kind, workerId }) => kind === "continue" && workerId === stop.workerId);
    const stale = (stop.victims ?? []).filter((victim) =>
      events
        .get(partName(victim))
        ?.some((event) => event.at > stop.at && event.at < (goesOn?.at ?? 0)),
    );
    return sum + stale.length;
  }, 0);
}

export function countRetries(seen: Seen): number {
  return seen.history.calls.filter(({ attempt }) => (attempt ?? 0) > 1).length;
}

export function countOpen(seen: Seen): number {
  return seen.history.deletions.filter(({ is_closed }) => !is_closed).length;
}

/** Parts of closed services that were never called: there must be none that is `deleted` so. */
export function countDeletedUncalled({ history }: Seen): number {
  const called = new Set(
    history.calls.flatMap(({ deletionId, service, categories }) =>
      categories.map((category_id) =>
        partName({ deletion_id: deletionId ?? "", service, category_id }),
      ),
    ),
  );
  return history.parts.filter((part) => part.state === "deleted" && !called.has(partName(part)))
    .length;
}

/** Calls that bore a ticket which was not the hub's. */
export function countRefusedCalls({ services }: Seen): number {
  return Object.values(services).reduce((sum, { refused }) => sum + refused, 0);
}
