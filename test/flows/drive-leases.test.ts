import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createGates } from "../../src/connected/gates.ts";
import { leaseMarginMs, sendWithinMs } from "../../src/domain/plan.ts";
import type { FlowContext, LogFields } from "../../src/flows/context.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { createDesk } from "../http/support/desk.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../support/hub.ts";
import { deletionOf, eventsOf, hurry, partOf, partsOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

const backoff = { firstMs: 60_000, maxMs: 600_000 };

/** A service whose delete calls wait until they are let go, one by one. */
async function startGate(name: string) {
  const service = await startFakeService(name);
  const waiting: ((answer: Answer) => void)[] = [];
  service.onDelete = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
    });
  return {
    service,
    waiting,
    /** Resolves when so many calls have arrived in all. */
    arrived: (count: number) =>
      vi.waitUntil(() => service.deletes().length >= count, { timeout: 90_000, interval: 5 }),
    release: (at: number, answer: Answer = { status: 200 }) => waiting[at]?.(answer),
    async [Symbol.asyncDispose]() {
      for (const letGo of waiting) letGo({ status: 500 });
      await service[Symbol.asyncDispose]();
    },
  };
}

async function startHub(
  services: readonly (readonly [FakeService, ServiceOverrides?])[],
  overrides: Partial<FlowContext> = {},
): Promise<TestHub> {
  return await createTestHub({
    services: services.map(([service, rules]) => [service, { backoff, ...rules }] as const),
    overrides: { random: () => 0.5, ...overrides },
  });
}

describe("what another run has claimed", () => {
  test("is not called a second time while its lease holds", async () => {
    await using gate = await startGate("realty");
    await using hub = await startHub([[gate.service]]);
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    const first = driveDeletion(hub.flows, { deletionId });
    await gate.arrived(1);
    await driveDeletion(hub.flows, { deletionId });
    await driveDeletion(hub.flows, { deletionId });
    expect(await partOf(hub, "1")).toMatchObject({ state: "calling", attempt: 1, is_leased: true });
    gate.release(0);
    await first;
    expect(gate.service.deletes()).toHaveLength(1);
    expect(await partOf(hub, "1")).toMatchObject({ state: "accepted", is_leased: false });
  });

  test("is claimed once, however many drives start at the same time", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub([[realty]]);
    await hub.remove("1", "r", ["1", "2"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await Promise.all(Array.from({ length: 8 }, () => driveDeletion(hub.flows, { deletionId })));
    expect(realty.deletes()).toHaveLength(1);
  });

  test("is called anew when the lease has run out; what the first call came to changes nothing then", async () => {
    await using gate = await startGate("realty");
    await using hub = await startHub([[gate.service]]);
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    const first = driveDeletion(hub.flows, { deletionId });
    await gate.arrived(1);
    await hurry(hub, 10_000 + leaseMarginMs);
    const second = driveDeletion(hub.flows, { deletionId });
    await gate.arrived(2);
    gate.release(0, { status: 403 });
    await first;
    expect(await partOf(hub, "1")).toMatchObject({ state: "calling", attempt: 2, failures: 0 });
    gate.release(1);
    await second;
    expect(await eventsOf(hub, "1")).toEqual([
      "realty/1 accepted",
      "realty/1 claimed",
      "realty/1 claimed",
      "realty/1 answered_accepted",
    ]);
    const bodies = gate.service.deletes().map(({ body }) => body);
    expect(bodies.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(bodies[0].to).toBe(bodies[1].to);
  });

  test("is never called again once it is deleted, though its first call still runs", async () => {
    await using gate = await startGate("realty");
    await using hub = await startHub([[gate.service]]);
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    const first = driveDeletion(hub.flows, { deletionId });
    await gate.arrived(1);
    await hub.report(gate.service, { yandex_uid: "1", category_id: "1", state: "deleted" });
    await hurry(hub, 60_000);
    await driveDeletion(hub.flows, { deletionId });
    gate.release(0, { status: 500 });
    await first;
    await driveDeletion(hub.flows, { deletionId });
    expect(gate.service.deletes()).toHaveLength(1);
    expect(await partOf(hub, "1")).toMatchObject({
      state: "deleted",
      failures: 0,
      error_code: null,
    });
  });
});

describe("the clock", () => {
  const now = performance.now.bind(performance);
  let isLate = false;
  beforeEach(() => {
    isLate = false;
    vi.spyOn(performance, "now").mockImplementation(() => now() + (isLate ? sendWithinMs + 1 : 0));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("a process that stopped between claim and send does not send, but gives the claim back and calls under the next", async () => {
    await using realty = await startFakeService("realty");
    const gates = createGates([{ name: "realty", concurrency: 1 }]);
    await using hub = await startHub([[realty]], {
      gates: {
        ...gates,
        take(service) {
          isLate = true; // just after the claim, as far as this process can tell
          return gates.take(service);
        },
      },
    });
    await hub.remove("1", "r", ["1"]);
    await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([2]);
    expect(await eventsOf(hub, "1")).toEqual([
      "realty/1 accepted",
      "realty/1 claimed",
      "realty/1 attempt_excused",
      "realty/1 claimed",
      "realty/1 answered_accepted",
    ]);
    expect(await partOf(hub, "1")).toMatchObject({ state: "accepted", failures: 0 });
    expect(gates.spare("realty")).toBe(1);
  });

  test("a deletion whose only claim was given back can be called off: nobody was called", async () => {
    await using realty = await startFakeService("realty");
    const desk = await createDesk();
    const gates = createGates([{ name: "realty", concurrency: 1 }]);
    await using hub = await createTestHub({
      services: [[realty]],
      config: { operators: desk.operators },
      overrides: {
        gates: {
          ...gates,
          access: (service) => (isLate ? "held" : gates.access(service)), // as after a pause
          take(service) {
            isLate = true;
            return gates.take(service);
          },
        },
      },
    });
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion(hub.flows, { deletionId });
    expect(await eventsOf(hub, "1")).toEqual([
      "realty/1 accepted",
      "realty/1 claimed",
      "realty/1 attempt_excused",
    ]);
    const path = `/admin/v1/deletions/${deletionId}/cancel`;
    const answer = await desk.act(hub, path, { body: { reason: "OPS-1" } });
    expect([answer.status, await answer.json()]).toMatchObject([200, { state: "cancelled" }]);
    expect(realty.deletes()).toEqual([]);
  });

  test("a service whose overdue report was not asked for in time is asked under the next lease, and failed nobody", async () => {
    await using realty = await startFakeService("realty");
    const gates = createGates([{ name: "realty", concurrency: 1 }]);
    let stopsAtTake = false;
    await using hub = await startHub([[realty]], {
      gates: {
        ...gates,
        take(service) {
          isLate ||= stopsAtTake;
          return gates.take(service);
        },
      },
    });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hurry(hub, 3_600_000 + 11_000);
    realty.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
    stopsAtTake = true;
    await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    expect(isLate).toBe(true);
    expect(realty.statuses()).toHaveLength(1);
    expect(await partOf(hub, "1")).toMatchObject({ state: "deleted", failures: 0 });
  });

  test("what a step stood in line at the ledger takes nothing from the time in which its calls may be sent", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub([[realty]]);
    await hub.remove("1", "r", ["1"]);
    const move: FlowContext["move"] = (step, options) => {
      const begin = () => {
        isLate = true;
        return step.begin?.() ?? [];
      };
      return hub.flows.move({ ...step, begin }, options);
    };
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion({ ...hub.flows, move }, { deletionId });
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1]);
  });
});

describe("services do not hold each other up", () => {
  test("what a quick service answers is recorded while a slow one is still being waited for", async () => {
    await using gate = await startGate("slow");
    await using quick = await startFakeService("quick");
    await using failing = await startFakeService("failing");
    failing.onDelete = () => ({ status: 500 });
    await using hub = await startHub([[gate.service], [quick], [failing]]);
    await hub.remove("1", "r", ["1"]);
    const drive = driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    await gate.arrived(1);
    const states = async () =>
      Object.fromEntries((await partsOf(hub, "1")).map((part) => [part.service, part.state]));
    await vi.waitFor(
      async () =>
        expect(await states()).toEqual({ slow: "calling", quick: "accepted", failing: "due" }),
      { timeout: 90_000, interval: 10 },
    );
    gate.release(0);
    await drive;
    expect((await states()).slow).toBe("accepted");
  });

  test("a fault of our own in one call is logged; the drive records what the others came to", async () => {
    await using gate = await startGate("slow");
    await using quick = await startFakeService("quick");
    await using odd = await startFakeService("odd");
    const gates = createGates(["slow", "quick", "odd"].map((name) => ({ name, concurrency: 1 })));
    const errors: LogFields[] = [];
    await using hub = await startHub([[gate.service], [quick], [odd]], {
      gates,
      log: { info: () => {}, warn: () => {}, error: (fields) => errors.push(fields) },
      metrics: {
        deletionClosed: () => {},
        exportClosed: () => {},
        serviceCalled: (service) => {
          if (service === "odd") throw new Error("a fault of our own");
        },
      },
    });
    await hub.remove("1", "r", ["1"]);
    const drive = driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    await gate.arrived(1);
    await vi.waitUntil(() => errors.length > 0, { timeout: 90_000, interval: 5 });
    gate.release(0);
    await drive;
    const parts = await partsOf(hub, "1");
    expect(Object.fromEntries(parts.map((part) => [part.service, part.state]))).toEqual({
      slow: "accepted",
      quick: "accepted",
      odd: "calling",
    });
    expect(errors).toMatchObject([{ service: "odd", attempt: 1 }]);
    expect(["slow", "quick", "odd"].map(gates.spare)).toEqual([1, 1, 1]);
  });
});

describe("room: so many calls at once to a service as `concurrency` allows in a process", () => {
  test("another process has room of its own", async () => {
    await using gate = await startGate("realty");
    await using hub = await startHub([[gate.service, { concurrency: 1 }]]);
    await using other = startSecondProcess(hub, [gate.service]);
    for (const uid of ["1", "2"]) await hub.remove(uid, "r", ["1"]);
    const drives = [
      driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id }),
      driveDeletion(other.flows, { deletionId: (await deletionOf(hub, "2")).id }),
    ];
    await gate.arrived(2);
    gate.release(0);
    gate.release(1);
    await Promise.all(drives);
    expect(gate.service.deletes()).toHaveLength(2);
  });

  test("room for one is for one call: a retry and an overdue question of a service go one after the other", async () => {
    await using gate = await startGate("realty");
    const gates = createGates([{ name: "realty", concurrency: 1 }]);
    const taken: number[] = [];
    await using hub = await startHub([[gate.service, { concurrency: 1 }]], {
      gates: {
        ...gates,
        take(service) {
          taken.push(gates.spare(service));
          return gates.take(service);
        },
      },
    });
    await hub.remove("1", "r", ["1", "2"]);
    await hub.sql`update parts set attempt = 1,
      state = case category_id when '1' then 'due' else 'accepted' end`;
    gate.service.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
    const drive = driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    await gate.arrived(1);
    gate.release(0);
    await drive;
    expect(taken).toEqual([1, 1]);
    expect((await partsOf(hub, "1")).map(({ state }) => state)).toEqual(["accepted", "deleted"]);
  });
});
