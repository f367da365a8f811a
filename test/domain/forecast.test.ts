import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedEnd, paceEvents, willMissDeadline } from "../../src/domain/forecast.ts";
import { isOpen, partEvents, partTransitions } from "../../src/domain/part.ts";
import { forecastAheadMs, thresholdAges } from "../../src/domain/thresholds.ts";

const hour = 3_600_000;
const day = 24 * hour;
const now = 1_000 * day;
/** Ten an hour. */
const tenAnHour = { closed: 240, overMs: day };

describe("the expected end", () => {
  test("is now, and the part's place divided by the pace", () => {
    expect(expectedEnd(1, tenAnHour, now)).toBe(now + hour / 10);
    expect(expectedEnd(250, tenAnHour, now)).toBe(now + 25 * hour);
    expect(expectedEnd(250, { closed: 20, overMs: 2 * hour }, now)).toBe(now + 25 * hour);
  });

  test("of a service that ends nothing is never", () => {
    expect(expectedEnd(1, { closed: 0, overMs: day }, now)).toBe(Number.POSITIVE_INFINITY);
  });

  test("is the later the further behind, and the sooner the faster the service", () => {
    const places = fc.integer({ min: 1, max: 1_000_000 });
    const counts = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(places, places, counts, counts, (one, other, some, more) => {
        const [front, back] = [Math.min(one, other), Math.max(one, other)];
        const pace = { closed: some, overMs: day };
        const faster = { closed: some + more, overMs: day };
        expect(expectedEnd(front, pace, now)).toBeLessThanOrEqual(expectedEnd(back, pace, now));
        expect(expectedEnd(back, faster, now)).toBeLessThanOrEqual(expectedEnd(back, pace, now));
      }),
    );
  });
});

describe("a part that will miss its deadline", () => {
  const inLine = (place: number, deadlineInMs: number) => ({
    place,
    deadlineAt: now + deadlineInMs,
  });
  test.each([
    ["is named when its turn comes after it", 251, 25 * hour, true],
    ["is not named when its turn comes in time", 250, 25 * hour, false],
    ["is named 72 h ahead", 10_000, 72 * hour, true],
    ["is not named earlier", 10_000, 72 * hour + 1, false],
    ["is no forecast any more once it has passed", 10_000, 0, false],
  ])("%s", (_, place, deadlineInMs, isNamed) => {
    expect(willMissDeadline(inLine(place, deadlineInMs), tenAnHour, now)).toBe(isNamed);
  });

  test("is named where its service ends nothing, once it was watched for an hour", () => {
    const idle = (overMs: number) => ({ closed: 0, overMs });
    expect(willMissDeadline(inLine(1, hour), idle(hour), now)).toBe(true);
    expect(willMissDeadline(inLine(1, hour), idle(hour - 1), now)).toBe(false);
  });
});

test("the forecast is looked at from 72 h before the deadline, or from the start", () => {
  const rules = { warnAfterMs: day, alarmAfterMs: 2 * day, deadlineMs: 30 * day };
  const ages = { warn: day, alarm: 2 * day, deadline: 30 * day };
  expect(thresholdAges(rules)).toEqual({ ...ages, forecast: 30 * day - forecastAheadMs });
  expect(thresholdAges({ ...rules, deadlineMs: day }).forecast).toBe(0);
});

test("a service's pace counts every way in which it ends a part by itself, and no other", () => {
  const hubsOwn = ["predecessor_failed", "deadline_passed"];
  const ends = Object.entries(partTransitions).flatMap(([from, row]) =>
    isOpen(from as keyof typeof partTransitions)
      ? Object.entries(row).flatMap(([event, to]) => (isOpen(to) ? [] : [event]))
      : [],
  );
  const byService = [...new Set(ends)].filter(
    (event) =>
      partEvents[event as keyof typeof partEvents] !== "operator" && !hubsOwn.includes(event),
  );
  expect([...paceEvents].sort()).toEqual(byService.sort());
});
