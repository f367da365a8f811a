import { describe, expect, test } from "vitest";
import {
  type Access,
  type DeletionView,
  leaseMarginMs,
  planDeletion,
} from "../../src/domain/plan.ts";
import type { Registry } from "../../src/domain/registry.ts";
import { partOf, registryOf } from "./samples.ts";

const now = 1_000_000;
const deadlineMs = 30 * 86_400_000;

function plan(parts: DeletionView["parts"], registry: Registry, view: Partial<DeletionView> = {}) {
  return planDeletion(
    {
      acceptedAt: now - 1_000,
      closedAt: null,
      wakeAt: now - 1_000,
      parts,
      busyElsewhere: new Set(),
      ...view,
    },
    { registry, now, deadlineMs, access: () => "call" },
  );
}

describe("claiming", () => {
  test("one call carries all due categories of a service, under one attempt above all of its parts", () => {
    const parts = [
      partOf({ categoryId: "1", attempt: 1, failures: 1 }),
      partOf({ categoryId: "2", attempt: 4, failures: 2 }),
    ];
    const { calls } = plan(parts, registryOf({}));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ kind: "delete", service: "realty", attempt: 5 });
    expect(calls[0]?.parts.map((part) => [part.categoryId, part.attempt])).toEqual([
      ["1", 5],
      ["2", 5],
    ]);
  });

  test("a retry carries only the categories that are still open", () => {
    const parts = [
      partOf({ categoryId: "1", state: "deleted", attempt: 1, closedAt: 5 }),
      partOf({ categoryId: "2", attempt: 1, failures: 1 }),
    ];
    const { calls } = plan(parts, registryOf({}));
    expect(calls[0]?.parts.map((part) => part.categoryId)).toEqual(["2"]);
  });

  test("the lease covers the call's timeout and the margin", () => {
    const { calls, wakeAt, jobAt } = plan([partOf()], registryOf({}));
    expect(calls[0]?.parts[0]?.leasedUntil).toBe(now + 10_000 + leaseMarginMs);
    expect(wakeAt).toBe(now + 10_000 + leaseMarginMs);
    expect(jobAt).toBeNull();
  });

  test("what another run has leased is not ours until the lease has run out", () => {
    const leased = partOf({ state: "calling", attempt: 1, leasedUntil: now + 1 });
    const lost = partOf({ state: "calling", attempt: 1, leasedUntil: now });
    expect(plan([leased], registryOf({})).calls).toEqual([]);
    expect(plan([lost], registryOf({})).calls[0]).toMatchObject({ attempt: 2 });
  });

  test("a part in backoff waits for its time", () => {
    const later = partOf({ attempt: 1, failures: 1, dueAt: now + 500 });
    expect(plan([later], registryOf({}))).toMatchObject({
      calls: [],
      wakeAt: now + 500,
      jobAt: now + 500,
    });
  });

  const without = (access: Access, part = partOf({ dueAt: now - 7 })) =>
    planDeletion(
      { acceptedAt: now, closedAt: null, wakeAt: now, parts: [part], busyElsewhere: new Set() },
      { registry: registryOf({}), now, deadlineMs, access: () => access },
    );

  test("a drive that waits for room is told what it waits for, and no job is added meanwhile", () => {
    const result = without("wait");
    expect(result).toMatchObject({ calls: [], changes: [], wanting: ["realty"], jobAt: null });
    expect(result.wakeAt).toBeGreaterThan(now);
  });

  test("what is parked stands in line since it was due, costs no attempt and no job, and is looked at once a day", () => {
    const result = without("park");
    const wakeAt = now + 24 * 60 * 60_000;
    expect(result).toMatchObject({ calls: [], wanting: [], jobAt: null, wakeAt });
    expect(result.changes).toMatchObject([
      { event: null, part: { state: "due", attempt: 0, failures: 0, parkedAt: now - 7 } },
    ]);
  });

  test("what is parked ends by its deadline, whatever becomes of its line", () => {
    const acceptedAt = now - deadlineMs + 5_000;
    const { wakeAt } = plan([partOf({ parkedAt: now - 7 })], registryOf({}), { acceptedAt });
    expect(wakeAt).toBe(now + 5_000);
  });

  test("what is parked is left alone even when there is room, until it is let go on", () => {
    const parked = partOf({ dueAt: now - 7, parkedAt: now - 7 });
    expect(without("call", parked)).toMatchObject({ calls: [], changes: [] });
    expect(without("call", { ...parked, parkedAt: null }).calls).toHaveLength(1);
  });

  test("an overdue report is parked too: nobody asks a service that is not to be called", () => {
    const overdue = partOf({ state: "accepted", attempt: 1, dueAt: now - 1 });
    expect(without("park", overdue).changes).toMatchObject([
      { event: null, part: { state: "accepted", parkedAt: now - 1 } },
    ]);
  });
});

describe("order (`after`)", () => {
  const registry = registryOf({ name: "orders" }, { name: "realty", after: ["orders"] });
  const realty = partOf({ service: "realty", state: "waiting" });

  test("a service waits while one it names has an open part in the same deletion", () => {
    for (const state of ["waiting", "due", "calling", "accepted"] as const) {
      const orders = partOf({ service: "orders", state, leasedUntil: now + 9, dueAt: now + 9 });
      expect(
        plan([orders, realty], registry).calls.filter(({ service }) => service === "realty"),
      ).toEqual([]);
    }
  });

  test("a service waits while one it names has an open part in an earlier deletion of the user", () => {
    const view = { busyElsewhere: new Set(["orders"]) };
    expect(plan([realty], registry, view).calls).toEqual([]);
    expect(plan([realty], registry).calls).toHaveLength(1);
  });

  test.each([
    [0, 10_000],
    [9_000, 10_000],
    [45_000, 45_000],
    [3_600_000, 600_000],
  ])(
    "who has waited %i ms for an earlier deletion looks again after %i, should nobody wake it",
    (waitedMs, againMs) => {
      const view = { busyElsewhere: new Set(["orders"]), acceptedAt: now - waitedMs };
      const { wakeAt, jobAt } = plan([realty], registry, view);
      const isSoon = againMs <= 60_000;
      expect([wakeAt, jobAt]).toEqual([now + againMs, isSoon ? now + againMs : null]);
    },
  );

  test("a part that was due before its service was given a predecessor heeds it all the same", () => {
    const due = partOf({ service: "realty" });
    const orders = partOf({ service: "orders", state: "accepted", attempt: 1, dueAt: now + 9 });
    expect(plan([orders, due], registry).calls).toEqual([]);
    expect(plan([due], registry, { busyElsewhere: new Set(["orders"]) }).calls).toEqual([]);
    const failed = { ...orders, state: "delete_failed" as const, closedAt: now };
    expect(plan([failed, due], registry).changes).toMatchObject([
      { event: "predecessor_failed", part: { service: "realty", state: "delete_failed" } },
    ]);
    const called = partOf({ service: "realty", attempt: 1, failures: 1 });
    expect(plan([failed, called], registry).calls).toHaveLength(1);
  });

  test("as soon as one part of a predecessor fails, every uncalled part of its successors fails", () => {
    const chain = registryOf(
      { name: "orders" },
      { name: "realty", after: ["orders"] },
      { name: "maps", after: ["realty"] },
    );
    const parts = [
      partOf({
        service: "orders",
        categoryId: "1",
        state: "delete_failed",
        attempt: 1,
        closedAt: 1,
      }),
      partOf({
        service: "orders",
        categoryId: "2",
        state: "accepted",
        attempt: 1,
        dueAt: now + 99,
      }),
      partOf({ service: "realty", categoryId: "1", state: "waiting" }),
      partOf({ service: "realty", categoryId: "2", state: "waiting" }),
      partOf({ service: "maps", categoryId: "1", state: "waiting" }),
    ];
    const { changes, calls } = plan(parts, chain);
    expect(calls).toEqual([]);
    expect(changes.map(({ part, event }) => [part.service, part.categoryId, event])).toEqual([
      ["realty", "1", "predecessor_failed"],
      ["realty", "2", "predecessor_failed"],
      ["maps", "1", "predecessor_failed"],
    ]);
    expect(changes.every(({ part }) => part.errorCode === "predecessor_failed")).toBe(true);
  });
});

describe("order that another process knows", () => {
  const orders = partOf({ service: "orders" });
  const realty = partOf({ service: "realty", state: "waiting" });
  const planOf = ({ calls, changes }: ReturnType<typeof plan>) => ({ calls, changes });
  const nothing = { calls: [], changes: [] };

  test.each([
    ["that the configuration puts after nobody", registryOf({ name: "realty" })],
    [
      "whose own predecessors are done",
      registryOf({ name: "maps" }, { name: "realty", after: ["maps"] }),
    ],
  ])("nothing %s goes on while an open part is held", (_what, registry) => {
    for (const state of ["waiting", "due", "calling", "accepted"] as const) {
      const held = { ...orders, state };
      expect(planOf(plan([held, realty], registry))).toEqual(nothing);
      expect(
        planOf(plan([{ ...held, service: "realty", categoryId: "9" }, realty], registry)),
      ).toEqual(nothing);
    }
  });

  test.each(["deleted", "delete_failed", "cancelled", "resolved"] as const)(
    "what waits goes on once the held part is %s",
    (state) => {
      const ended = { ...orders, state, closedAt: now };
      expect(plan([ended, realty], registryOf({ name: "realty" })).calls).toHaveLength(1);
    },
  );

  test("what waits for nobody minds no held part, and what does still ends at the deadline", () => {
    const parts = [orders, realty, partOf({ service: "maps" })];
    const registry = registryOf({ name: "realty" }, { name: "maps" });
    expect(plan(parts, registry).calls.map(({ service }) => service)).toEqual(["maps"]);
    const { changes } = plan(parts, registry, { acceptedAt: now - deadlineMs });
    expect(changes.map(({ part }) => [part.service, part.errorCode])).toEqual([
      ["realty", "deadline_passed"],
      ["maps", "deadline_passed"],
    ]);
  });
});

describe("ends", () => {
  test("an open part ends at the deadline, whatever it waits for", () => {
    const parts = [
      partOf({ categoryId: "1", state: "accepted", attempt: 1, dueAt: now + 99 }),
      partOf({ categoryId: "2", state: "due", dueAt: now + 99 }),
    ];
    const { changes, wakeAt } = plan(parts, registryOf({}), { acceptedAt: now - deadlineMs });
    expect(changes.map(({ part }) => [part.state, part.errorCode])).toEqual([
      ["delete_failed", "deadline_passed"],
      ["delete_failed", "deadline_passed"],
    ]);
    expect(wakeAt).toBeNull();
  });

  test("a call under way is let end before the deadline is applied", () => {
    const parts = [partOf({ state: "calling", attempt: 1, leasedUntil: now + 5 })];
    const { changes, wakeAt } = plan(parts, registryOf({}), { acceptedAt: now - deadlineMs });
    expect(changes).toEqual([]);
    expect(wakeAt).toBe(now + 5);
  });

  test("a part of a service that is not configured is held: neither called nor ended", () => {
    const parts = [partOf({ service: "gone" })];
    const result = plan(parts, registryOf({}), { acceptedAt: now - deadlineMs });
    expect(result).toMatchObject({ calls: [], changes: [] });
    expect(result.wakeAt).toBeGreaterThan(now);
  });
});

describe("a held part", () => {
  const minute = 60_000;
  test.each([
    [0, 10_000],
    [45_000, 45_000],
    [20 * minute, 20 * minute],
    [40 * 24 * 60 * minute, 60 * minute],
  ])(
    "that has been held for %i ms is looked at again after %i, and what is far off costs no job",
    (ageMs, againMs) => {
      const view = { acceptedAt: now - ageMs };
      const { wakeAt, jobAt } = plan([partOf({ service: "gone" })], registryOf({}), view);
      expect([wakeAt, jobAt]).toEqual([now + againMs, againMs <= minute ? now + againMs : null]);
    },
  );

  test("that another process is calling is looked at when its lease has run out", () => {
    const called = partOf({
      service: "gone",
      state: "calling",
      attempt: 1,
      leasedUntil: now + 15_000,
    });
    const { wakeAt, jobAt } = plan([called], registryOf({}));
    expect([wakeAt, jobAt]).toEqual([now + 15_000, null]);
  });
});

describe("overdue reports", () => {
  test("the status of a service is asked when its report is overdue, under the attempt it was called with", () => {
    const part = partOf({ state: "accepted", attempt: 3, dueAt: now });
    const { calls, changes } = plan([part], registryOf({}));
    expect(calls[0]).toMatchObject({ kind: "status", service: "realty", attempt: 3 });
    expect(changes[0]).toMatchObject({ event: null, part: { state: "accepted", attempt: 3 } });
  });

  test("a far-off overdue moment costs no job in the queue", () => {
    const part = partOf({ state: "accepted", attempt: 1, dueAt: now + 3_600_000 });
    expect(plan([part], registryOf({}))).toMatchObject({ jobAt: null, wakeAt: now + 3_600_000 });
  });
});
