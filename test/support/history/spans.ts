import { isOpen } from "../../../src/domain/part.ts";
import type { EventRow, History } from "./rows.ts";

/** While a category of a deletion was open; `to` is infinite when it still is. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** When somebody else is known to have seen it: the first thing that happened to it after it was made. */
  readonly movedAt: number;
}

/** By deletion and category, with a blank between. */
export function findSpans(history: Pick<History, "categories" | "events">): Map<string, Span> {
  const events = Map.groupBy(history.events, (row) => `${row.deletion_id} ${row.category_id}`);
  return new Map(
    history.categories.map((row) => {
      const key = `${row.deletion_id} ${row.category_id}`;
      return [key, spanOf(events.get(key) ?? [], row.is_closed)];
    }),
  );
}

function spanOf(events: readonly EventRow[], isClosed: boolean): Span {
  // A late `deleted` moves what is closed already, and opens nothing.
  const moves = events.filter(({ from_state: from }) => from === null || isOpen(from));
  const later = moves.filter(({ from_state: from }) => from !== null);
  return {
    from: Math.min(...moves.map(({ at }) => at)),
    to: isClosed ? Math.max(...moves.map(({ at }) => at)) : Number.POSITIVE_INFINITY,
    movedAt: Math.min(...later.map(({ at }) => at)),
  };
}
