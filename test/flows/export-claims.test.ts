import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { sendWithinMs } from "../../src/domain/plan.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { advanceExport } from "../../src/flows/export/advance-export.ts";
import { driveExport } from "../../src/flows/export/drive-export.ts";
import { exportsOf } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

const uid = "4001";
const lost = Object.assign(new Error("lost"), { code: "CONNECTION_CLOSED" });

interface Break {
  /** Which transaction's; the first one's if absent. */
  readonly at?: number;
  /** Whether what was to be committed is, and only the answer to it was lost. */
  readonly isCommitted: boolean;
  /** What happens before the transaction is run again. */
  readonly meanwhile: () => unknown;
}

/** A process of the hub whose connection breaks in one COMMIT. */
function breakOnce({ flows }: TestHub, { at = 1, isCommitted, meanwhile }: Break): FlowContext {
  let runs = 0;
  const begin = async (work: Parameters<TestHub["sql"]["begin"]>[1]) => {
    runs += 1;
    if (runs !== at) return await flows.store.sql.begin(work as never);
    const unfinished = async (tx: never) => {
      await work(tx);
      if (!isCommitted) throw lost;
    };
    await flows.store.sql.begin(unfinished as never).catch((error) => {
      if (error !== lost) throw error;
    });
    await meanwhile();
    throw lost;
  };
  return withBegin(flows, begin as TestHub["sql"]["begin"]);
}

function withBegin(flows: FlowContext, begin: TestHub["sql"]["begin"]): FlowContext {
  const sql = new Proxy(flows.store.sql, {
    get: (target, name) => (name === "begin" ? begin : Reflect.get(target, name)),
  });
  return { ...flows, store: { ...flows.store, sql } };
}

async function startHub(rides: FakeService): Promise<TestHub> {
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": 1 } } });
  return await createTestHub({ services: [[rides, { export: true }]] });
}

/** An export whose only part is there, and whose archive is to be built. */
async function gather(hub: TestHub, rides: FakeService): Promise<string> {
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
  const exportId = await exports.start(uid);
  await hub.drain();
  await exports.upload(rides, exportId, "a", "x");
  await exports.report(rides, { yandex_uid: uid, job_id: exportId, state: "exported" });
  return exportId;
}

/** What this process holds to be the time, which a test may let pass. */
function holdClock() {
  const now = performance.now.bind(performance);
  let passedMs = 0;
  const spy = vi.spyOn(performance, "now").mockImplementation(() => now() + passedMs);
  return {
    pass(ms: number) {
      passedMs += ms;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

test("a step whose claim was rolled back in COMMIT belongs to whoever claimed it meanwhile, and to nobody else", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  const turn = { exportId: await gather(hub, rides), arrivals: [], hasTime: true };
  let other: Awaited<ReturnType<typeof advanceExport>> = null;
  const broken = breakOnce(hub, {
    isCommitted: false,
    async meanwhile() {
      other = await advanceExport(hub.flows, turn);
    },
  });
  const own = await advanceExport(broken, turn);
  expect(other).toMatchObject({ claimed: { step: "build", attempt: 1 } });
  expect(own).toMatchObject({ claimed: null });
});

test("a step whose claim was rolled back in COMMIT is claimed anew where nobody else did", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  const turn = { exportId: await gather(hub, rides), arrivals: [], hasTime: true };
  const broken = breakOnce(hub, { isCommitted: false, meanwhile: () => {} });
  const claimed = { step: "build", attempt: 1 };
  expect(await advanceExport(broken, turn)).toMatchObject({ claimed });
});

test("what was claimed is done at once, though the answer to its COMMIT was lost", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  const broken = () => breakOnce(hub, { isCommitted: true, meanwhile: () => {} });
  const called = await exportsOf(hub).start("4002");
  await driveExport(broken(), { exportId: called });
  expect(rides.exports()).toHaveLength(1);
  const gathered = await gather(hub, rides);
  await driveExport(broken(), { exportId: gathered });
  expect(await hub.sql`select distinct state from exports`).toEqual([{ state: "ready" }]);
});

test("what a step came to is recorded when the ledger is back, though it was away for minutes", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  using clock = holdClock();
  const exportId = await gather(hub, rides);
  // The first transaction claims the step, the second one records it.
  const meanwhile = () => clock.pass(3 * 60_000);
  await driveExport(breakOnce(hub, { at: 2, isCommitted: false, meanwhile }), { exportId });
  expect(await hub.sql`select state, attempt from exports`).toEqual([
    { state: "ready", attempt: 1 },
  ]);
});

test("a step is not lost because the ledger is away while it is done", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  const exportId = await gather(hub, rides);
  const patienceMs = 2_000;
  let isAway = false;
  const begin = async (work: never) => {
    if (isAway) throw new Error("away");
    return await hub.sql.begin(work);
  };
  const put: TestHub["flows"]["blobs"]["put"] = async (...given) => {
    isAway = true;
    await setTimeout(patienceMs); // the drive's own is at its end before
    const stored = await hub.flows.blobs.put(...given);
    isAway = false;
    return stored;
  };
  const blobs = new Proxy(hub.flows.blobs, {
    get: (store, name) => (name === "put" ? put : Reflect.get(store, name).bind(store)),
  });
  const away = withBegin(hub.flows, begin as TestHub["sql"]["begin"]);
  await driveExport({ ...away, blobs, patienceMs }, { exportId });
  expect(await hub.sql`select state, attempt from exports`).toEqual([
    { state: "ready", attempt: 1 },
  ]);
});

test("a drive that waited long for its turn at the ledger calls what it claimed then", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  using clock = holdClock();
  const exportId = await exportsOf(hub).start(uid);
  const drives: Promise<void>[] = [];
  await hub.sql.begin(async (sql) => {
    await sql`select from exports for update`;
    drives.push(driveExport(hub.flows, { exportId }));
    await until("it to wait for the export", async () => {
      const waiting = await hub.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting.length > 0;
    });
    clock.pass(sendWithinMs + 1);
  });
  await Promise.all(drives);
  expect(rides.exports()).toHaveLength(1);
});

test("a call is not sent late because the answer to its claim's COMMIT was lost", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  using clock = holdClock();
  const exportId = await exportsOf(hub).start(uid);
  const meanwhile = () => clock.pass(sendWithinMs + 1);
  await driveExport(breakOnce(hub, { isCommitted: true, meanwhile }), { exportId });
  expect(rides.exports()).toEqual([]);
  expect(
    await hub.sql`
      select state, attempt, leased_until > clock_timestamp() as "isLeased" from export_parts`,
  ).toEqual([{ state: "calling", attempt: 1, isLeased: true }]);
});

test("a call whose claim was rolled back in COMMIT is sent under the claim that came after it", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  using clock = holdClock();
  const exportId = await exportsOf(hub).start(uid);
  const meanwhile = () => clock.pass(sendWithinMs + 1);
  await driveExport(breakOnce(hub, { isCommitted: false, meanwhile }), { exportId });
  expect(rides.exports()).toHaveLength(1);
});

test("a turn whose snapshot cannot be opened keeps no room", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await startHub(rides);
  const exportId = await exportsOf(hub).start(uid);
  await hub.sql`update exports set sealed = '\\x00'`;
  await expect(
    advanceExport(hub.flows, { exportId, arrivals: [], hasTime: true }),
  ).rejects.toThrow();
  expect(hub.flows.exportGates.spare("rides")).toBe(16);
});
