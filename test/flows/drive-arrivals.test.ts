import { setImmediate } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { createGates } from "../../src/connected/gates.ts";
import { collectArrivals } from "../../src/flows/drive-arrivals.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { createDrives } from "../../src/flows/drives.ts";
import type { MoveDeletion } from "../../src/store/move-deletions.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type Answer, startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { deletionOf, eventsOf, partsOf } from "../support/ledger-rows.ts";

test("what comes while a step stands in line at the ledger goes along with it", async () => {
  const names = ["first", "second", "third"] as const;
  await using first = await startFakeService(names[0]);
  await using second = await startFakeService(names[1]);
  await using third = await startFakeService(names[2]);
  const mayAnswer = Promise.withResolvers<Answer>();
  for (const service of [second, third]) service.onDelete = () => mayAnswer.promise;
  const gates = createGates(names.map((name) => ({ name, concurrency: 1 })));
  await using hub = await createTestHub({
    categories: ["1"],
    services: [[first], [second], [third]],
    overrides: { gates },
  });
  await hub.remove("1", "r", ["1"]);
  const { id: deletionId } = await deletionOf(hub, "1");

  let steps = 0;
  const inLine = Promise.withResolvers<void>();
  const itsTurn = Promise.withResolvers<void>();
  const move: MoveDeletion = async (made, options) => {
    steps += 1;
    if (steps === 2) {
      inLine.resolve();
      await itsTurn.promise;
    }
    return await hub.flows.move(made, options);
  };
  const driven = driveDeletion({ ...hub.flows, move }, { deletionId });
  await inLine.promise;
  mayAnswer.resolve({ status: 202 });
  await vi.waitUntil(() => names.every((name) => gates.spare(name) === 1), { timeout: 90_000 });
  itsTurn.resolve();
  await driven;
  expect((await partsOf(hub, "1")).map(({ state }) => state)).toEqual(Array(3).fill("accepted"));
  expect(steps).toBe(2);
});

test("room that came and was not taken yet is not asked for again, and none gets lost", async () => {
  const gates = createGates([{ name: "busy", concurrency: 2 }]);
  const others = [gates.take("busy"), gates.take("busy")];
  const arrivals = collectArrivals({ gates, patienceMs: 60_000, acceptedWaitsMs: 0 });
  arrivals.askForRoom(["busy"]);
  for (const slot of others) slot.release();
  await arrivals.arrival();
  arrivals.askForRoom(["busy"]);
  await setImmediate();
  expect(gates.spare("busy")).toBe(1);
  for (const slot of arrivals.take().slots.values()) slot.release();
  expect(gates.spare("busy")).toBe(2);

  // Taken and given back: it may be asked for again, and what nobody takes is given back in the end.
  arrivals.askForRoom(["busy"]);
  await arrivals.arrival();
  expect(gates.spare("busy")).toBe(1);
  await arrivals.end();
  expect(gates.spare("busy")).toBe(2);
});

describe("a service that deletes at once", () => {
  /** Far longer than a test: nothing in it waits so long. */
  const overrides = { acceptedWaitsMs: 600_000 };
  /** The first is that of the wish, not of the call. */
  const events = ["accepted", "claimed", "reported_deleted"].map((event) => `prompt/1 ${event}`);

  test.each(["before", "after"])(
    "and reports %s it has answered leaves no event of having accepted",
    async (when) => {
      await using prompt = await startFakeService("prompt");
      const gates = createGates([{ name: "prompt", concurrency: 1 }]);
      await using hub = await createTestHub({
        categories: ["1"],
        services: [[prompt]],
        overrides: { ...overrides, gates },
      });
      const report = async () =>
        expect((await hub.report(prompt, doneReport(prompt.deletes()[0]?.body, "1"))).status).toBe(
          200,
        );
      prompt.onDelete = async () => {
        if (when === "before") await report();
        return { status: 202 };
      };
      await hub.remove("1", "r", ["1"]);
      const { id: deletionId } = await deletionOf(hub, "1");
      const driven = driveDeletion(hub.flows, { deletionId });
      const isAnswered = () => prompt.deletes().length === 1 && gates.spare("prompt") === 1;
      await vi.waitUntil(isAnswered, { timeout: 90_000 });
      if (when === "after") await report();
      await driven;
      expect(await eventsOf(hub, "1")).toEqual(events);
      expect((await deletionOf(hub, "1")).closed_at).not.toBeNull();
    },
  );

  test("and reports to another process does so too", async () => {
    await using prompt = await startFakeService("prompt");
    await using hub = await createTestHub({ categories: ["1"], services: [[prompt]] });
    prompt.onDelete = async ({ body }) => {
      await hub.report(prompt, doneReport(body, "1"));
      return { status: 202 };
    };
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion({ ...hub.flows, drives: createDrives(hub.flows.log) }, { deletionId });
    expect(await eventsOf(hub, "1")).toEqual(events);
  });

  test("holds up nothing that others came to: that it accepted goes along with it", async () => {
    await using prompt = await startFakeService("prompt");
    await using other = await startFakeService("other");
    const gates = createGates(["prompt", "other"].map((name) => ({ name, concurrency: 1 })));
    await using hub = await createTestHub({
      categories: ["1"],
      services: [[prompt], [other, { completion: "answer" }]],
      overrides: { ...overrides, gates },
    });
    other.onDelete = async () => {
      await vi.waitUntil(() => gates.spare("prompt") === 1, { timeout: 90_000 });
      return { status: 200 };
    };
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion(hub.flows, { deletionId });
    expect((await partsOf(hub, "1")).map(({ state }) => state).sort()).toEqual([
      "accepted",
      "deleted",
    ]);
  });
});
