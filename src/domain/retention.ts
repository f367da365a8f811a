import type { Part } from "./part.ts";

/** A service that names a moment close by again and again is not called oftener than this, in ms. */
const leastRetentionMs = 3_600_000;
/** How long what is to be tried again may take to be, once a deletion has closed, in ms. */
export const retryWithinMs = 3_600_000;

/**
 * When what a service kept lawfully is tried again by itself, in ms of database time (contract 7).
 *
 * @returns `null`: never, because the service named no moment that lay ahead.
 */
export function retryAtOf(part: Part): number | null {
  const { closedAt, retainedUntil } = part;
  if (part.state !== "deleted" || part.outcome !== "retained") return null;
  if (closedAt === null || retainedUntil === null || retainedUntil <= closedAt) return null;
  return Math.max(retainedUntil, closedAt + leastRetentionMs);
}
