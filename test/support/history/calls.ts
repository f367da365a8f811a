import { isOpen } from "../../../src/domain/part.ts";
import { sendWithinMs } from "../../../src/domain/plan.ts";
import { findWindows, isCertainlyIn } from "./breakers.ts";
import { callName, type IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import { type EventRow, nameOf, type PartRow } from "./rows.ts";

/** Between the clock check and the writing, or the note of it, a process may lose its processor. */
const interruptedMs = 100;

/**
 * No part is called after it was deleted. A call that was claimed before may be sent for as long as the clock
 * check lets it; after that, never. Where nobody wrote down when it was sent, it counts when it arrived.
 */
export function lookForCallsAfterDeleted(history: IndexedHistory): Look {
  const carried = history.deleteCalls.flatMap((call) =>
    call.categories.map((category_id) => ({ call, category_id })),
  );
  return lookAtEach(carried, ({ call, category_id }) => {
    const name = nameOf({ deletion_id: call.deletionId, service: call.service, category_id });
    const own = history.eventsOf.get(name) ?? [];
    const deleted = own.find(({ to_state: to }) => to === "deleted");
    const sentAt = call.sentAt ?? call.arrivedAt;
    if (!deleted || sentAt <= deleted.at) return;
    const claim = own.find(({ event, attempt }) => event === "claimed" && attempt === call.attempt);
    const isOnItsWay =
      claim && claim.seq < deleted.seq && sentAt <= claim.at + sendWithinMs + interruptedMs;
    if (isOnItsWay) return;
    const ago = claim ? `${Math.round(sentAt - claim.at)} ms after its claim` : "unclaimed";
    const late = `${Math.round(sentAt - deleted.at)} ms too late`;
    return `${name}, attempt ${call.attempt}, ${ago}, ${late}`;
  });
}

/** An attempt calls its service once, with exactly the parts that were claimed for it. */
export function lookForOddCalls(history: IndexedHistory): Look {
  const claims = Map.groupBy(
    history.events.filter(({ event }) => event === "claimed"),
    (row) => callName(row.deletion_id, row.service, row.attempt),
  );
  return lookAtEach([...history.callsOf], ([name, own]) => {
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

/**
 * A service is called when those that it names have deleted their parts of the same deletion, and have no
 * part open in an earlier one of the same user.
 */
export function lookForWrongOrder(history: IndexedHistory): Look {
  const claims = history.events.filter(
    ({ event, service }) =>
      event === "claimed" && history.registry.findService(service)?.after.length,
  );
  return lookAtEach(claims, (claim) => {
    const after = new Set(history.registry.findService(claim.service)?.after);
    const deletion = history.deletionOf.get(claim.deletion_id);
    if (!deletion) return `${nameOf(claim)} of no deletion`;
    const earlier = history
      .deletionsOf([deletion.subject])
      .filter(({ seq, subject }) => subject === deletion.subject && seq <= deletion.seq);
    return earlier
      .flatMap(({ id }) => history.partsOf.get(id) ?? [])
      .filter((part) => after.has(part.service) && !hadMadeWay(history, part, claim))
      .map((part) => `${nameOf(claim)} before ${nameOf(part)}`);
  });
}

/** What an operator ended is out of the way too. */
const madeWay = new Set<string | undefined>(["deleted", "cancelled", "resolved"]);

function hadMadeWay(history: IndexedHistory, part: PartRow, claim: EventRow): boolean {
  const events = history.eventsOf.get(nameOf(part)) ?? [];
  const last = events.findLast((event) => event.seq < claim.seq);
  if (part.deletion_id === claim.deletion_id) return madeWay.has(last?.to_state);
  return last === undefined || !isOpen(last.to_state);
}

const countedFailures = new Set<EventRow["event"]>([
  ...(["attempt_failed", "attempt_failed_finally"] as const),
  ...(["reported_failed", "reported_failed_finally"] as const),
]);

/** A part has failed as often as its events say, and no more often than it may. */
export function lookForTooManyFailures(history: IndexedHistory): Look {
  const failures = history.events.filter(({ event }) => countedFailures.has(event));
  const counts = Map.groupBy(failures, nameOf);
  const { violations } = lookAtEach(history.parts, (part) => {
    const name = nameOf(part);
    const count = counts.get(name)?.length ?? 0;
    const limit = history.registry.findService(part.service)?.attempts ?? 0;
    return [
      ...(count > limit ? [`${name}: ${count} of ${limit}`] : []),
      ...(count !== part.failures ? [`${name} says ${part.failures}, and it were ${count}`] : []),
    ];
  });
  return { seen: failures.length, violations };
}

const retriedStatuses = new Set([408, 425, 429]);

/**
 * What fails behind an open breaker costs no attempt: what was called when every process must have known of it, and
 * ended before it closed again. Only what the service refused counts: that is an answer like any other.
 */
export function lookForBurntAttempts(history: IndexedHistory): Look {
  const windows = findWindows(history);
  const behind = [...history.eventsOf.values()].flatMap((events) =>
    events.filter((event, at) => {
      const claim = events[at - 1];
      const isOfClaim = claim?.event === "claimed" && event.from_state === "calling";
      return isOfClaim && isCertainlyIn(windows.get(claim.service), claim.at, event.at);
    }),
  );
  return lookAtEach(behind, (event) => {
    const isCounted = event.event === "attempt_failed" || event.event === "attempt_failed_finally";
    return isCounted && !wasRefused(history, event) && `${nameOf(event)}, attempt ${event.attempt}`;
  });
}

function wasRefused(history: IndexedHistory, event: EventRow): boolean {
  const calls = history.callsOf.get(callName(event.deletion_id, event.service, event.attempt));
  return (calls ?? []).some(
    ({ status }) =>
      status !== null && status >= 300 && status < 500 && !retriedStatuses.has(status),
  );
}
