import { describe, expect, test } from "vitest";
import { type AdvanceOptions, advance } from "../../src/domain/advance.ts";
import { applyEvent, type Part, type PartEvent } from "../../src/domain/part.ts";
import type { Access } from "../../src/domain/plan.ts";
import { partOf, registryOf } from "./samples.ts";

const day = 86_400_000;
const now = 100 * day;
const failed = partOf({ service: "orders", state: "delete_failed", attempt: 1, closedAt: now });

/** What closing comes to when the part is reported deleted now. */
function reportDeleted(part: Part, others: readonly Part[], closedAt: number | null) {
  const change = applyEvent(part, "reported_deleted", now, { outcome: "erased" });
  return advance(
    {
      ...{ acceptedAt: now - day, closedAt, wakeAt: null },
      ...{ parts: [part, ...others], busyElsewhere: new Set() },
    },
    change ? [change] : [],
    {
      ...{ registry: registryOf({}, { name: "orders" }), now, deadlineMs: 30 * day },
      ...{ access: null, isDrive: false },
    },
  ).closing;
}

test("the snapshot of a deletion that failed in part is kept for the deadline, counted from its closing", () => {
  const called = partOf({ state: "accepted", attempt: 1 });
  expect(reportDeleted(called, [failed], null)).toEqual({
    closedAt: now,
    closedAs: "failed",
    sealedUntil: now + 30 * day,
  });
});

test("a late `deleted` does not begin that time anew", () => {
  const late = partOf({ state: "delete_failed", attempt: 1, closedAt: now - 20 * day });
  expect(reportDeleted(late, [failed], now - 20 * day)?.sealedUntil).toBe(now + 10 * day);
  expect(reportDeleted(late, [failed], now - 40 * day)?.sealedUntil).toBeNull();
});

test("and when nothing failed is left, the snapshot is destroyed at once", () => {
  const late = partOf({ state: "delete_failed", attempt: 1, closedAt: now - day });
  expect(reportDeleted(late, [], now - day)?.sealedUntil).toBeNull();
});

describe("when a deletion is looked at next", () => {
  const registry = registryOf({}, { name: "orders" }, { name: "maps", after: ["orders"] });
  const soon = now + 5_000;
  const called = partOf({ state: "accepted", attempt: 1, dueAt: now + day });
  const waiting = partOf({ service: "orders", state: "due", dueAt: now - 1 });

  function wakesAfter(
    parts: readonly Part[],
    event: PartEvent,
    options: Partial<AdvanceOptions> = {},
  ) {
    const [first] = parts;
    const change = first && applyEvent(first, event, now, { dueAt: now + 300 });
    const { wakeAt, jobAt } = advance(
      { acceptedAt: now - day, closedAt: null, wakeAt: soon, parts, busyElsewhere: new Set() },
      change ? [change] : [],
      { registry, now, deadlineMs: 30 * day, access: null, isDrive: false, ...options },
    );
    return { wakeAt, jobAt };
  }

  test("a report that only closes its part wakes nobody: who is to do the rest is there already", () => {
    expect(wakesAfter([called, waiting], "reported_deleted")).toEqual({
      wakeAt: soon,
      jobAt: null,
    });
  });

  test("a report after which a call is due again wakes the drive", () => {
    expect(wakesAfter([called], "reported_failed")).toEqual({
      wakeAt: now + 300,
      jobAt: now + 300,
    });
  });

  test("what closes while a part waits that another process knows more of wakes a drive, which may be there", () => {
    const unknown = partOf({ service: "orders", state: "accepted", attempt: 1, dueAt: now + day });
    const maps = partOf({ service: "maps", state: "waiting", dueAt: now });
    const fewer = { registry: registryOf({}) };
    const wakes = wakesAfter([called, unknown, maps], "reported_deleted", fewer);
    expect(wakes.wakeAt).toBeGreaterThan(now);
    expect(wakes.wakeAt).not.toBe(soon);
    expect(wakesAfter([called, unknown], "reported_deleted", fewer).wakeAt).toBe(soon);
  });

  test("a report that others in the deletion wait for wakes the drive", () => {
    const orders = partOf({ service: "orders", state: "accepted", attempt: 1, dueAt: now + day });
    const maps = partOf({ service: "maps", state: "waiting", dueAt: now });
    expect(wakesAfter([orders, maps], "reported_deleted")).toEqual({ wakeAt: now, jobAt: now });
    // Made by a process that did not know of the order.
    const early = partOf({ service: "maps", state: "due", dueAt: now });
    expect(wakesAfter([orders, early], "reported_deleted")).toEqual({ wakeAt: now, jobAt: now });
  });

  test("a drive that leaves hands over what is due", () => {
    const calling = partOf({ state: "calling", attempt: 1, leasedUntil: now + 10_000 });
    expect(wakesAfter([calling, waiting], "answered_done", { isDrive: true })).toEqual({
      wakeAt: now,
      jobAt: now,
    });
  });

  test("a drive with calls under way leaves the earlier wake-up as it is, and puts it off when it ends", () => {
    const calling = partOf({ state: "calling", attempt: 1, leasedUntil: now + 10_000 });
    const other = partOf({
      service: "orders",
      state: "calling",
      attempt: 1,
      leasedUntil: now + 9_000,
    });
    const drive = { isDrive: true, access: (): Access => "call" };
    expect(wakesAfter([calling, other], "answered_done", drive)).toEqual({
      wakeAt: soon,
      jobAt: null,
    });
    const rest = { ...other, state: "accepted", leasedUntil: null, dueAt: now + day } as const;
    expect(wakesAfter([calling, rest], "answered_done", drive)).toEqual({
      wakeAt: now + day,
      jobAt: null,
    });
  });
});
