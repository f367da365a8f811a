import { isOpen, nextPartState, partEvents } from "../../../src/domain/part.ts";
import { sendWithinMs } from "../../../src/domain/plan.ts";
import { findUnproven } from "./evidence.ts";
import { byPart, deleteCalls, type EventRow, type History, nameOf } from "./rows.ts";

type Find = (history: History) => string[];

/** What must hold of every history, whatever raced, failed, stopped or was lost. */
export const invariants = {
  "an accepted deletion has its categories, its parts, and a wake-up while it is open": findLost,
  "a part that is deleted is not called again": findCallsAfterDeleted,
  "one fence in every call of a deletion: the moment of acceptance": findOtherFences,
  "attempts never go down, and every claim's is new": findOldAttempts,
  "every transition is in the table, and begins where the last one ended": findOddTransitions,
  "at most one deletion of a category is open for a user": findOverlaps,
  "no part is deleted or accepted without an answer, a report or a status behind it": findUnproven,
  "an attempt calls a service once, with the parts that were claimed for it": findOddCalls,
  "a part fails as often as it may, and no more": findTooManyFailures,
  "a service is called after those that it names": findWrongOrder,
  "categories and deletions are closed exactly when their parts are": findOddClosings,
  "a snapshot lives while it is needed, and no longer": findOddSnapshots,
} as const satisfies Record<string, Find>;

function findLost(history: History): string[] {
  const parts = Map.groupBy(history.parts, ({ deletion_id }) => deletion_id);
  const categories = Map.groupBy(history.categories, ({ deletion_id }) => deletion_id);
  return history.deletions.flatMap(({ id, is_closed: isClosed, is_to_wake: isToWake }) => {
    const own = parts.get(id) ?? [];
    const empty = (categories.get(id) ?? []).filter(
      ({ category_id }) => !own.some((part) => part.category_id === category_id),
    );
    return [
      ...(own.length === 0 ? [`${id} has no part`] : []),
      ...empty.map(({ category_id }) => `${id} has no part of category ${category_id}`),
      ...(isClosed === isToWake
        ? [`${id} is ${isClosed ? "closed and wakes" : "open for ever"}`]
        : []),
    ];
  });
}

/**
 * A call that was claimed before its part was deleted may be on its way for as long as the clock check lets
 * it; after that, never.
 */
function findCallsAfterDeleted(history: History): string[] {
  const events = byPart(history);
  return deleteCalls(history).flatMap((call) =>
    call.categories.flatMap((category_id) => {
      const name = nameOf({ deletion_id: call.deletionId, service: call.service, category_id });
      const own = events.get(name) ?? [];
      const deleted = own.find(({ to_state: to }) => to === "deleted");
      if (!deleted || call.arrivedAt <= deleted.at) return [];
      const claim = own.find(
        ({ event, attempt }) => event === "claimed" && attempt === call.attempt,
      );
      const isOnItsWay =
        claim && claim.seq < deleted.seq && call.arrivedAt <= claim.at + sendWithinMs;
      return isOnItsWay ? [] : [`${name}, attempt ${call.attempt}`];
    }),
  );
}

function findOtherFences(history: History): string[] {
  const fences = new Map(history.deletions.map((row) => [row.id, row.accepted_at]));
  return deleteCalls(history)
    .filter(({ deletionId, to }) => Date.parse(to) !== fences.get(deletionId))
    .map(({ deletionId, service, attempt, to }) => `${deletionId} ${service}/${attempt} to ${to}`);
}

function findOldAttempts(history: History): string[] {
  return [...byPart(history)].flatMap(([name, events]) =>
    events.flatMap((event, at) => {
      const before = events[at - 1]?.attempt ?? 0;
      const isOld = event.event === "claimed" ? event.attempt <= before : event.attempt < before;
      return isOld ? [`${name}: ${event.event} ${event.attempt} after ${before}`] : [];
    }),
  );
}

function findOddTransitions(history: History): string[] {
  const events = byPart(history);
  const odd = [...events].flatMap(([name, own]) =>
    own.flatMap((event, at) => (isOdd(event, own[at - 1]) ? [`${name}: ${describe(event)}`] : [])),
  );
  const unwritten = history.parts.filter(
    (part) => events.get(nameOf(part))?.at(-1)?.to_state !== part.state,
  );
  return [
    ...odd,
    ...unwritten.map((part) => `${nameOf(part)} became ${part.state} without an event`),
  ];
}

function isOdd(event: EventRow, before: EventRow | undefined): boolean {
  if (event.event === "accepted") return before !== undefined || event.from_state !== null;
  if (!before || event.from_state !== before.to_state) return true;
  if (event.source !== partEvents[event.event]) return true;
  return nextPartState(before.to_state, event.event) !== event.to_state;
}

const describe = (event: EventRow) =>
  `${event.from_state} ${event.event} ${event.to_state} by ${event.source}`;

interface Span {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

function findOverlaps(history: History): string[] {
  const events = Map.groupBy(history.events, (row) => `${row.deletion_id} ${row.category_id}`);
  const spans = history.categories.map((row): Span => {
    const own = events.get(`${row.deletion_id} ${row.category_id}`) ?? [];
    // A late `deleted` moves what is closed already, and opens nothing.
    const moves = own.filter(({ from_state: from }) => from === null || isOpen(from));
    const to = row.is_closed ? Math.max(...moves.map(({ at }) => at)) : Number.POSITIVE_INFINITY;
    const key = `${row.subject} ${row.category_id}`;
    return { key, from: Math.min(...moves.map(({ at }) => at)), to };
  });
  return [...Map.groupBy(spans, ({ key }) => key)].flatMap(([key, own]) => {
    const inOrder = own.toSorted((one, other) => one.from - other.from);
    const isOver = inOrder.some((span, at) => span.from < (inOrder[at - 1]?.to ?? 0));
    return isOver ? [key] : [];
  });
}

function findOddCalls(history: History): string[] {
  const claims = Map.groupBy(
    history.events.filter(({ event }) => event === "claimed"),
    (row) => `${row.deletion_id} ${row.service}, attempt ${row.attempt}`,
  );
  const calls = Map.groupBy(
    deleteCalls(history),
    (call) => `${call.deletionId} ${call.service}, attempt ${call.attempt}`,
  );
  return [...calls].flatMap(([name, own]) => {
    const claimed = (claims.get(name) ?? []).map(({ category_id }) => category_id);
    const asked = own[0]?.categories ?? [];
    return [
      ...(own.length > 1 ? [`${name} called ${own.length} times`] : []),
      ...(String(claimed.toSorted()) === String([...asked].sort())
        ? []
        : [`${name} for ${asked}, claimed ${claimed}`]),
    ];
  });
}

const failures = [
  "attempt_failed",
  "attempt_failed_finally",
  "reported_failed",
  "reported_failed_finally",
];

function findTooManyFailures(history: History): string[] {
  const counted = [...byPart(history)].flatMap(([name, own]) => {
    const limit = history.registry.findService(own[0]?.service ?? "")?.attempts ?? 0;
    const count = own.filter(({ event }) => failures.includes(event)).length;
    return count > limit ? [`${name}: ${count} of ${limit}`] : [];
  });
  const events = byPart(history);
  const miscounted = history.parts.filter((part) => {
    const own = events.get(nameOf(part)) ?? [];
    return own.filter(({ event }) => failures.includes(event)).length !== part.failures;
  });
  return [...counted, ...miscounted.map((part) => `${nameOf(part)} says ${part.failures}`)];
}

function findWrongOrder(history: History): string[] {
  const deletions = new Map(history.deletions.map((row) => [row.id, row]));
  const parts = byPart(history);
  return history.events
    .filter(({ event }) => event === "claimed")
    .flatMap((claim) => {
      const own = deletions.get(claim.deletion_id);
      const after = new Set(history.registry.findService(claim.service)?.after);
      const before = history.parts.filter((part) => {
        const other = deletions.get(part.deletion_id);
        return (
          after.has(part.service) && own && other?.subject === own.subject && other.seq <= own.seq
        );
      });
      const open = before.filter((part) => wasOpen(parts.get(nameOf(part)) ?? [], claim.seq));
      return open.map((part) => `${nameOf(claim)} before ${nameOf(part)}`);
    });
}

function wasOpen(events: readonly EventRow[], seq: number): boolean {
  const last = events.findLast((event) => event.seq < seq);
  return last !== undefined && isOpen(last.to_state);
}

function findOddClosings(history: History): string[] {
  const odd = history.categories.filter((row) => {
    const own = history.parts.filter(
      (part) => part.deletion_id === row.deletion_id && part.category_id === row.category_id,
    );
    const isAnyOpen = own.some(({ state }) => isOpen(state));
    const isEveryDeleted = own.every(({ state }) => state === "deleted");
    return row.is_closed === isAnyOpen || row.is_deleted !== isEveryDeleted;
  });
  const oddDeletions = history.deletions.filter((row) => {
    const own = history.parts.filter((part) => part.deletion_id === row.id);
    return row.is_closed === own.some(({ state }) => isOpen(state));
  });
  return [
    ...odd.map((row) => `${row.deletion_id} category ${row.category_id}`),
    ...oddDeletions.map(({ id }) => id),
  ];
}

function findOddSnapshots(history: History): string[] {
  return history.deletions.flatMap((row) => {
    const own = history.parts.filter((part) => part.deletion_id === row.id);
    const isNeeded = own.some(
      ({ state, outcome }) => state !== "deleted" || outcome === "retained",
    );
    if (!row.is_closed && !row.is_sealed) return [`${row.id} is open and forgotten`];
    if (!isNeeded && row.is_sealed) return [`${row.id} is done and kept`];
    const isForEver = row.is_closed && row.is_sealed && !row.is_to_be_destroyed;
    return isForEver ? [`${row.id} is kept for ever`] : [];
  });
}
