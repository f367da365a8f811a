import { isOpen, nextPartState, partEvents } from "../../../src/domain/part.ts";
import type { IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import { type EventRow, nameOf } from "./rows.ts";
import { findSpans } from "./spans.ts";

/** Each event beside the one before it of the same part. */
function inPairs(history: IndexedHistory): [EventRow, EventRow | undefined][] {
  return [...history.eventsOf.values()].flatMap((own) =>
    own.map((event, at): [EventRow, EventRow | undefined] => [event, own[at - 1]]),
  );
}

/** Attempts never go down, and every claim's is new. */
export function lookForOldAttempts(history: IndexedHistory): Look {
  return lookAtEach(inPairs(history), ([event, before]) => {
    const last = before?.attempt ?? 0;
    const isOld = event.event === "claimed" ? event.attempt <= last : event.attempt < last;
    return isOld && `${nameOf(event)}: ${event.event} ${event.attempt} after ${last}`;
  });
}

/** Every transition is in the table, begins where the last one ended, and the last is what the part is now. */
export function lookForOddTransitions(history: IndexedHistory): Look {
  const { seen, violations } = lookAtEach(
    inPairs(history),
    ([event, before]) => isOdd(event, before) && `${nameOf(event)}: ${describe(event)}`,
  );
  const unwritten = lookAtEach(history.parts, (part) => {
    const last = history.eventsOf.get(nameOf(part))?.at(-1);
    const isWritten = last?.to_state === part.state && last.attempt === part.attempt;
    return !isWritten && `${nameOf(part)} became ${part.state}/${part.attempt} without an event`;
  });
  return { seen, violations: [...violations, ...unwritten.violations] };
}

function isOdd(event: EventRow, before: EventRow | undefined): boolean {
  if (event.event === "accepted") return before !== undefined || event.from_state !== null;
  if (!before || event.from_state !== before.to_state) return true;
  if (event.source !== partEvents[event.event]) return true;
  return nextPartState(before.to_state, event.event) !== event.to_state;
}

const describe = (event: EventRow) =>
  `${event.from_state} ${event.event} ${event.to_state} by ${event.source}`;

/** At most one deletion of a category is open for a user at any time. */
export function lookForOverlaps(history: IndexedHistory): Look {
  const known = findSpans(history);
  const spans = history.categories.map((row) => {
    const span = known.get(`${row.deletion_id} ${row.category_id}`);
    return { key: `${row.subject} ${row.category_id}`, from: 0, to: 0, ...span };
  });
  const { violations } = lookAtEach([...Map.groupBy(spans, ({ key }) => key)], ([key, own]) => {
    const inOrder = own.toSorted((one, other) => one.from - other.from);
    return inOrder.some((span, at) => span.from < (inOrder[at - 1]?.to ?? 0)) && key;
  });
  return { seen: spans.length, violations };
}

/** Categories and deletions are closed exactly when their parts are. */
export function lookForOddClosings(history: IndexedHistory): Look {
  return lookAtEach(history.deletions, (deletion) => {
    const parts = history.partsOf.get(deletion.id) ?? [];
    const categories = (history.categoriesOf.get(deletion.id) ?? []).filter((row) => {
      const own = parts.filter(({ category_id }) => category_id === row.category_id);
      const isAnyOpen = own.some(({ state }) => isOpen(state));
      const isEveryDeleted = own.every(({ state }) => state === "deleted");
      return row.is_closed === isAnyOpen || row.is_deleted !== isEveryDeleted;
    });
    const isOdd = deletion.is_closed === parts.some(({ state }) => isOpen(state));
    return [
      ...categories.map((row) => `${deletion.id} category ${row.category_id}`),
      ...(isOdd ? [deletion.id] : []),
    ];
  });
}

/** A snapshot is kept while a part needs it, and destroyed then. */
export function lookForOddSnapshots(history: IndexedHistory): Look {
  return lookAtEach(history.deletions, (row) => {
    const parts = history.partsOf.get(row.id) ?? [];
    const isNeeded = parts.some(
      ({ state, outcome }) => state !== "deleted" || outcome === "retained",
    );
    if (!row.is_closed && !row.is_sealed) return `${row.id} is open and forgotten`;
    if (!isNeeded && row.is_sealed) return `${row.id} is done and kept`;
    const isForEver = row.is_closed && row.is_sealed && !row.is_to_be_destroyed;
    return isForEver && `${row.id} is kept for ever`;
  });
}
