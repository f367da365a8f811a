import type { Part } from "./part.ts";

/**
 * The parts of a deletion that an operator's retry takes up: those that failed, and that nothing newer has been at.
 *
 * @param isPastRetrying - whether a newer deletion has a part in the same place, or nobody would be called for it.
 * Source: contract 7, closed is closed.
 */
export function planRetry(
  parts: readonly Part[],
  isPastRetrying: (part: Part) => boolean,
): readonly Part[] {
  return parts.filter((part) => part.state === "delete_failed" && !isPastRetrying(part));
}
