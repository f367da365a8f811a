import { describe, expect, test } from "vitest";
import { applyDeleteOutcome, applyOverdueStatus, applyUnsent } from "../../src/domain/outcome.ts";
import { partOf, rulesOf } from "./samples.ts";

const on = { rules: rulesOf({ attempts: 3 }), now: 1_000, random: 0.5 };
const calling = partOf({ state: "calling", attempt: 2, leasedUntil: 9_000 });
const failed = { kind: "failed", code: "http_500", retryAfterMs: 0 } as const;

describe("the outcome of a delete call", () => {
  test("an outcome of an older attempt changes nothing", () => {
    expect(applyDeleteOutcome(calling, 1, { kind: "accepted" }, on)).toBeNull();
    expect(applyDeleteOutcome(calling, 1, failed, on)).toBeNull();
  });

  test("an outcome for a part that a report has moved meanwhile changes nothing", () => {
    for (const state of ["due", "accepted", "deleted", "delete_failed"] as const) {
      const moved = partOf({ state, attempt: 2 });
      expect(applyDeleteOutcome(moved, 2, { kind: "accepted" }, on)).toBeNull();
      expect(applyDeleteOutcome(moved, 2, failed, on)).toBeNull();
    }
  });

  test("a failed attempt is tried again after its backoff until the attempts are used up", () => {
    const first = applyDeleteOutcome(calling, 2, failed, on);
    expect(first?.part).toMatchObject({
      state: "due",
      failures: 1,
      dueAt: 1_500,
      errorCode: "http_500",
    });
    const last = applyDeleteOutcome({ ...calling, failures: 2 }, 2, failed, on);
    expect(last?.part).toMatchObject({ state: "delete_failed", failures: 3, closedAt: 1_000 });
  });

  test("a refusal ends the attempts at once; a denial keeps its reason", () => {
    const refused = applyDeleteOutcome(calling, 2, { kind: "refused", code: "http_403" }, on);
    expect(refused?.part).toMatchObject({ state: "delete_failed", errorCode: "http_403" });
    const denied = applyDeleteOutcome(calling, 2, { kind: "denied", reason: "debt" }, on);
    expect(denied?.part).toMatchObject({
      state: "delete_failed",
      errorCode: "delete_denied",
      reason: "debt",
    });
  });

  test("an accepted call is overdue after `report_within`", () => {
    const accepted = applyDeleteOutcome(calling, 2, { kind: "accepted" }, on);
    expect(accepted?.part).toMatchObject({ state: "accepted", dueAt: 1_000 + 3_600_000 });
  });
});

describe("the status of a service whose report is overdue", () => {
  const accepted = partOf({ state: "accepted", attempt: 2, dueAt: 0, leasedUntil: 5_000 });

  test("`empty` closes the part as deleted", () => {
    expect(applyOverdueStatus(accepted, 2, "empty", on)?.part.state).toBe("deleted");
  });

  test("`ready_to_delete` is a failed attempt", () => {
    const change = applyOverdueStatus(accepted, 2, "ready_to_delete", on);
    expect(change?.part).toMatchObject({ state: "due", failures: 1 });
  });

  test("`delete_in_progress` is asked again after intervals that double, a day at most", () => {
    const intervals = [0, 1, 2, 10].map((asks) => {
      const change = applyOverdueStatus({ ...accepted, asks }, 2, "delete_in_progress", on);
      expect(change).toMatchObject({ event: null, part: { state: "accepted", leasedUntil: null } });
      return (change?.part.dueAt ?? 0) - on.now;
    });
    expect(intervals).toEqual([7_200_000, 14_400_000, 28_800_000, 86_400_000]);
  });

  test("no answer changes neither state nor count", () => {
    const change = applyOverdueStatus(accepted, 2, null, on);
    expect(change?.part).toMatchObject({
      state: "accepted",
      failures: 0,
      asks: 0,
      leasedUntil: null,
    });
  });

  test("it counts only if state and attempt are what they were when it was asked", () => {
    expect(applyOverdueStatus({ ...accepted, attempt: 3 }, 2, "empty", on)).toBeNull();
    expect(applyOverdueStatus({ ...accepted, state: "due" }, 2, "empty", on)).toBeNull();
  });
});

describe("a call that never left", () => {
  const asking = partOf({ state: "accepted", attempt: 2, leasedUntil: 9_000, dueAt: 500 });

  test("leaves its part as due as it was before, and is nobody's failure", () => {
    const calls = { ...calling, failures: 1, errorCode: "http_500" };
    expect(applyUnsent([calls], calls, 1_000)).toMatchObject({
      event: "attempt_excused",
      part: { state: "due", dueAt: 1_000, leasedUntil: null, failures: 1, errorCode: "http_500" },
    });
    expect(applyUnsent([asking], asking, 1_000)).toMatchObject({
      event: null,
      part: { state: "accepted", dueAt: 500, leasedUntil: null, asks: asking.asks },
    });
  });

  test("takes nothing from whoever claimed the part anew, and brings back nothing that has moved", () => {
    for (const claim of [calling, asking]) {
      for (const now of [
        { ...claim, attempt: 3 },
        { ...claim, leasedUntil: 20_000 },
        ...(["due", "deleted", "delete_failed", "cancelled"] as const).map((state) => ({
          ...claim,
          state,
        })),
      ]) {
        expect(applyUnsent([now], claim, 1_000)).toBeNull();
      }
      expect(applyUnsent([], claim, 1_000)).toBeNull();
    }
  });
});
