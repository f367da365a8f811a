import { expect, test } from "vitest";
import { stuckReason, stuckReasons } from "../../src/domain/stuck.ts";

const well = { isConfigured: true, isPaused: false, isBreakerOpen: false };
const due = { state: "due", failures: 0, isParked: false } as const;
const parked = { ...due, isParked: true };

test.each([
  [
    "accepted, so the service's report is awaited",
    { ...due, state: "accepted" } as const,
    well,
    "waits_report",
  ],
  [
    "waiting for services that go first",
    { ...due, state: "waiting" } as const,
    well,
    "waits_predecessor",
  ],
  ["in the line of a service that has no room", parked, well, "waits_service"],
  [
    "in the line of one whose breaker is open",
    parked,
    { ...well, isBreakerOpen: true },
    "breaker_open",
  ],
  [
    "in the line of one that is paused",
    parked,
    { ...well, isPaused: true, isBreakerOpen: true },
    "paused",
  ],
  [
    "an overdue report, in the line of a paused service",
    { ...parked, state: "accepted" } as const,
    { ...well, isPaused: true },
    "paused",
  ],
  ["to be tried again", { ...due, failures: 3 }, well, "failing"],
  ["about to be called", due, well, "waits_service"],
  ["being called", { ...due, state: "calling" } as const, well, "waits_service"],
  [
    "not in the configuration",
    { ...parked, failures: 3 },
    { ...well, isConfigured: false },
    "unconfigured",
  ],
] as const)("a part that is %s", (_, part, service, reason) => {
  expect(stuckReason(part, service)).toBe(reason);
  expect(stuckReasons).toContain(reason);
});
