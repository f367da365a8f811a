import type { PartEvent } from "./part.ts";
import { forecastAheadMs } from "./thresholds.ts";

/**
 * Events with which a service itself brings a part to its end, well or not. They make its pace; that a deadline
 * passes, a predecessor fails or an operator steps in says nothing of how fast the service is.
 */
export const paceEvents = [
  "answered_done",
  "attempt_failed_finally",
  "reconciled",
  "reported_deleted",
  "reported_failed_finally",
] as const satisfies readonly PartEvent[];

/** How many parts a service brought to their end, and in what time. */
export interface Pace {
  readonly closed: number;
  readonly overMs: number;
}

/** Over how long a pace is measured: the last day. */
export const paceWindowMs = 24 * 60 * 60 * 1000;
/** A hub that has watched a service for less does not know how fast it is. */
const shortestMeasureMs = 60 * 60 * 1000;

/** A part in its service's line, which goes by acceptance. */
export interface PartInLine {
  /** 1: the service's oldest open part. */
  readonly place: number;
  /** In ms. */
  readonly deadlineAt: number;
}

/**
 * When the part at a place of the line ends if its service keeps its pace.
 *
 * @param now - in ms.
 * @returns in ms; `Infinity` for a service that ended nothing.
 */
export function expectedEnd(place: number, pace: Pace, now: number): number {
  return pace.closed > 0 ? now + (place * pace.overMs) / pace.closed : Number.POSITIVE_INFINITY;
}

/**
 * Whether a part is to be named because it will miss its deadline: that is at most 72 h ahead, and the part is
 * expected to end after it. What has passed it already is no forecast.
 *
 * @param now - in ms.
 */
export function willMissDeadline(part: PartInLine, pace: Pace, now: number): boolean {
  const { deadlineAt, place } = part;
  const isNear = now < deadlineAt && deadlineAt - now <= forecastAheadMs;
  if (!isNear || pace.overMs < shortestMeasureMs) return false;
  return expectedEnd(place, pace, now) > deadlineAt;
}
