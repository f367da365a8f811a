import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createGates } from "../../src/connected/gates.ts";
import { collectArrivals } from "../../src/flows/drive-arrivals.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import type { MoveDeletion } from "../../src/store/move-deletions.ts";
import { type Answer, startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { deletionOf, partsOf } from "../support/ledger-rows.ts";

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
  const arrivals = collectArrivals({ gates, patienceMs: 60_000 });
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
