import { describe, expect, test } from "vitest";
import { createGates, type Gates } from "../../src/connected/gates.ts";
import { deletionsToOpen, failuresToOpen } from "../../src/domain/breaker.ts";
import type { ServiceState } from "../../src/domain/service-state.ts";

const never = new AbortController().signal;

function createClock() {
  let at = 50_000;
  return {
    now: () => at,
    pass(ms: number) {
      at += ms;
    },
  };
}

function stateOf(fields: Partial<ServiceState> = {}): ServiceState {
  return {
    service: "realty",
    breaker: "closed",
    since: null,
    probeAt: null,
    isPaused: false,
    hasBacklog: false,
    ...fields,
  };
}

function start(concurrency = 2) {
  const clock = createClock();
  const gates = createGates([{ name: "realty", concurrency }], clock.now);
  return { clock, gates };
}

function failUntilOpen(gates: Gates): boolean[] {
  return Array.from({ length: failuresToOpen }, (_, at) =>
    gates.note("realty", `d${at % deletionsToOpen}`, true),
  );
}

describe("room", () => {
  test("no more calls are under way than `concurrency`, and a slot given back twice counts once", () => {
    const { gates } = start();
    const [one] = [gates.take("realty"), gates.take("realty")];
    expect(gates.access("realty")).toBe("full");
    one.release();
    one.release();
    expect(gates.spare("realty")).toBe(1);
    expect(gates.access("realty")).toBe("free");
  });

  test("who waits for room gets it in the order of asking, and only as much as there is", async () => {
    const { gates } = start(1);
    const held = gates.take("realty");
    const order: string[] = [];
    const first = gates.waitForRoom("realty", never).then((slot) => {
      order.push("first");
      return slot;
    });
    const second = gates.waitForRoom("realty", never).then(() => order.push("second"));
    held.release();
    const slot = await first;
    expect(order).toEqual(["first"]);
    expect(gates.spare("realty")).toBe(0);
    slot?.release();
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  test("who gives up waiting gets nothing, and holds up nobody", async () => {
    const { gates } = start(1);
    const held = gates.take("realty");
    const impatient = new AbortController();
    const first = gates.waitForRoom("realty", impatient.signal);
    const second = gates.waitForRoom("realty", never);
    impatient.abort();
    held.release();
    expect(await first).toBeNull();
    expect(await second).not.toBeNull();
    expect(await gates.waitForRoom("realty", AbortSignal.abort())).toBeNull();
  });

  test("who comes while others stand in line stands in line too", () => {
    const { gates } = start(1);
    gates.take("realty");
    expect(gates.access("realty")).toBe("full");
    gates.noteBacklog("realty", true);
    expect(gates.access("realty")).toBe("held");
  });

  test("whoever feeds the line is told when there is room, unless somebody waits for it here", async () => {
    const { gates } = start(1);
    const told: string[] = [];
    gates.onRoom((service) => told.push(service));
    const held = gates.take("realty");
    gates.noteBacklog("realty", true);
    const waiting = gates.waitForRoom("realty", never);
    held.release();
    expect(told).toEqual([]);
    (await waiting)?.release();
    expect(told).toEqual(["realty"]);
  });
});

describe("the breaker", () => {
  test("says once that it opens, and then nothing may be called", () => {
    const { gates } = start();
    const said = failUntilOpen(gates);
    expect(said.filter(Boolean)).toHaveLength(1);
    expect(said.at(-1)).toBe(true);
    expect(gates.access("realty")).toBe("held");
    expect(gates.spare("realty")).toBe(0);
    expect(gates.note("realty", "another", true)).toBe(false);
  });

  test("what the ledger says holds, with its instants on our own clock", () => {
    const { clock, gates } = start();
    gates.learn([stateOf({ breaker: "open", since: 900, probeAt: 3_000 })], 1_000);
    expect(gates.isOpen("realty")).toBe(true);
    clock.pass(1_999);
    expect(gates.probesDue()).toEqual([]);
    clock.pass(1);
    expect(gates.probesDue()).toEqual(["realty"]);
  });

  test("an answer of the ledger from before an opening of our own does not undo it; a later one does", () => {
    const { clock, gates } = start();
    failUntilOpen(gates);
    gates.learn([stateOf()], 1_000);
    expect(gates.isOpen("realty")).toBe(true);
    clock.pass(2_000);
    gates.learn([stateOf()], 3_000);
    expect(gates.isOpen("realty")).toBe(false);
  });

  test("after it has closed room comes back step by step, and those who wait get it", async () => {
    const { clock, gates } = start(16);
    gates.learn([stateOf({ breaker: "open", since: 0, probeAt: 0 })], 1_000);
    gates.learn([stateOf({ since: 2_000 })], 2_000);
    expect(gates.spare("realty")).toBe(1);
    gates.take("realty");
    const waiting = gates.waitForRoom("realty", never);
    clock.pass(500);
    gates.learn([stateOf({ since: 2_000 })], 2_500);
    expect(await waiting).not.toBeNull();
    clock.pass(10_000);
    expect(gates.spare("realty")).toBe(14);
  });

  test("a run of failures goes on counting while the ledger says that all is well", () => {
    const { gates } = start();
    for (let at = 0; at < failuresToOpen - 1; at += 1) gates.note("realty", `d${at}`, true);
    gates.learn([stateOf()], 1_000);
    expect(gates.note("realty", "last", true)).toBe(true);
  });
});

describe("a paused service", () => {
  test("is neither called nor probed, and has its room back when it is resumed", () => {
    const { clock, gates } = start();
    gates.learn([stateOf({ isPaused: true, breaker: "open", since: 0, probeAt: 0 })], 1_000);
    expect([gates.access("realty"), gates.spare("realty")]).toEqual(["held", 0]);
    expect(gates.probesDue()).toEqual([]);
    clock.pass(99_000);
    gates.learn([stateOf()], 100_000);
    expect([gates.access("realty"), gates.spare("realty")]).toEqual(["free", 2]);
  });
});
