import { describe, expect, test } from "vitest";
import { failuresToOpen, firstProbeMs } from "../../src/domain/breaker.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { learnServices } from "../../src/flows/learn-services.ts";
import { probeService } from "../../src/flows/probe-service.ts";
import { resumeParked } from "../../src/flows/resume-parked.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { closeBreaker } from "../../src/store/service-states.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../support/hub.ts";
import { deletionOf, hurry, partOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

const backoff = { firstMs: 60_000, maxMs: 600_000 };
/** Enough users for the breaker to open, and some more. */
const users = Array.from({ length: failuresToOpen + 5 }, (_, at) => String(7_000 + at));
/** Who wait out a backoff when it has opened: the failure that opens it is excused already. */
const failed = users.slice(0, failuresToOpen - 1);
const refused = users.slice(failuresToOpen);

async function startHub(service: FakeService, rules: ServiceOverrides = {}): Promise<TestHub> {
  return await createTestHub({
    categories: ["1"],
    services: [[service, { backoff, concurrency: 1, attempts: 2, ...rules }]],
    overrides: { random: () => 0.5 },
  });
}

/** A service that fails till its breaker has opened; everybody has asked to be deleted. */
async function openBreaker(hub: TestHub, service: FakeService): Promise<void> {
  service.onDelete = () => ({ status: 500 });
  for (const uid of users) await hub.remove(uid, "r", ["1"]);
  for (const uid of users) {
    await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, uid)).id });
  }
  await learnServices(hub.flows);
}

async function isOpen(hub: TestHub): Promise<boolean> {
  const [row] = await hub.sql`select breaker from service_states where service = 'realty'`;
  return row?.breaker === "open";
}

/** As a drive or a report holds them. */
async function lockDeletions(hub: TestHub, uids: readonly string[]) {
  const ids = await Promise.all(uids.map(async (uid) => (await deletionOf(hub, uid)).id));
  const [isHeld, isOver] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ended = hub.sql.begin(async (sql) => {
    await sql`select id from deletions where id = any(${ids}::uuid[]) order by seq for update`;
    isHeld.resolve();
    await isOver.promise;
  });
  await Promise.race([isHeld.promise, ended]);
  return {
    async release() {
      isOver.resolve();
      await ended;
    },
  };
}

async function nextProbeInMs(hub: TestHub): Promise<number> {
  const [row] = await hub.sql`
    select (extract(epoch from probe_at - clock_timestamp()) * 1000)::float8 as ms
      from service_states where service = 'realty'`;
  return row?.ms;
}

/** Lets the moment of the next probe come, and probes. */
async function probe(hub: TestHub): Promise<void> {
  await hub.sql`update service_states set probe_at = clock_timestamp() where service = 'realty'`;
  await learnServices(hub.flows);
  await probeService(hub.flows, { service: "realty" });
}

describe("a service that fails", () => {
  test("is no longer called after a bounded number of failures, in any process", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await using other = startSecondProcess(hub, [realty]);
    await openBreaker(hub, realty);
    expect(realty.deletes()).toHaveLength(failuresToOpen);
    expect(await isOpen(hub)).toBe(true);
    await hub.remove("8000", "r", ["1"]);
    await learnServices(other.flows);
    await driveDeletion(other.flows, { deletionId: (await deletionOf(hub, "8000")).id });
    expect(realty.deletes()).toHaveLength(failuresToOpen);
  });

  test("burns no attempts while its breaker is open: what is due waits in line, and no sweep disturbs it", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    for (let at = 0; at < 3; at += 1) {
      await hurry(hub, 700_000);
      await sweep(hub.flows);
      await hub.drain();
    }
    expect(realty.deletes()).toHaveLength(failuresToOpen);
    for (const uid of refused) {
      expect(await partOf(hub, uid)).toMatchObject({ state: "due", attempt: 0, failures: 0 });
    }
  });

  test("a probe that fails is nobody's attempt, however often", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    for (let at = 0; at < 7; at += 1) await probe(hub);
    expect(realty.deletes()).toHaveLength(failuresToOpen + 7);
    const parts = await Promise.all(refused.map((uid) => partOf(hub, uid)));
    expect(parts.map(({ state, failures }) => [state, failures])).toEqual(
      refused.map(() => ["due", 0]),
    );
    // Each probe is another's: nobody's part is called over and over.
    expect(Math.max(...parts.map(({ attempt }) => attempt))).toBeLessThanOrEqual(2);
    expect(await isOpen(hub)).toBe(true);
  });

  test("nor is one that fails when another process has closed the breaker meanwhile", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    const before = realty.deletes().length;
    const answer = Promise.withResolvers<{ status: number }>();
    realty.onDelete = () =>
      realty.deletes().length > before + 1 ? { status: 202 } : answer.promise;
    const probed = probe(hub);
    await expect.poll(() => realty.deletes()).toHaveLength(before + 1);
    await closeBreaker(hub.flows.store, "realty");
    await learnServices(hub.flows);
    answer.resolve({ status: 500 });
    await probed;
    const parts = await Promise.all(refused.map((uid) => partOf(hub, uid)));
    // It is called again at once, as after a failure that costs nothing.
    expect(parts.map(({ state, attempt }) => [state, attempt])).toContainEqual(["accepted", 2]);
    expect(parts.map(({ failures }) => failures)).toEqual(refused.map(() => 0));
  });

  test("is probed by one process at a time", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await using other = startSecondProcess(hub, [realty]);
    await openBreaker(hub, realty);
    const answer = Promise.withResolvers<{ status: number }>();
    realty.onDelete = () => answer.promise;
    await hub.sql`update service_states set probe_at = clock_timestamp() where service = 'realty'`;
    await Promise.all([hub.flows, other.flows].map(learnServices));
    const probes = [hub.flows, other.flows, hub.flows].map((flows) =>
      probeService(flows, { service: "realty" }),
    );
    await Promise.race(probes);
    answer.resolve({ status: 500 });
    await Promise.all(probes);
    expect(realty.deletes()).toHaveLength(failuresToOpen + 1);
  });

  test("one deletion alone never opens the breaker: its attempts are used up, and it ends", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty, { attempts: failuresToOpen + 2 });
    realty.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    for (let at = 0; at < failuresToOpen + 2; at += 1) {
      await hub.drain();
      await hurry(hub, 700_000);
      await sweep(hub.flows);
    }
    expect(await partOf(hub, "1")).toMatchObject({
      state: "delete_failed",
      failures: failuresToOpen + 2,
    });
    expect(await isOpen(hub)).toBe(false);
  });
});

describe("when it comes back", () => {
  test("a probe finds it out, and its whole line goes on by itself, backoffs included", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    hub.flows.gates.onRoom((service) => void resumeParked(hub.flows, { service }));
    await openBreaker(hub, realty);
    realty.onDelete = () => ({ status: 202 });
    await probe(hub);
    expect(await isOpen(hub)).toBe(false);
    await hub.flows.drives.settled();
    await expect
      .poll(
        async () => {
          await learnServices(hub.flows);
          const parts = await Promise.all(users.map((uid) => partOf(hub, uid)));
          return parts.map(({ state }) => state);
        },
        { timeout: 90_000 },
      )
      .toEqual(users.map(() => "accepted"));
    const [events] = await hub.sql`
      select array_agg(event order by seq) as names from service_events`;
    expect(events?.names).toEqual(["breaker_opened", "breaker_closed"]);
  });

  test("and those who have waited longest come first", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    realty.onDelete = () => ({ status: 202 });
    const before = realty.deletes().length;
    await probe(hub);
    for (let at = 0; at < 3; at += 1) {
      await learnServices(hub.flows);
      await resumeParked(hub.flows, { service: "realty" });
      await hub.flows.drives.settled();
    }
    const called = realty.deletes().slice(before);
    expect(called.slice(0, 3).map(({ body }) => body.report_uid)).toEqual(refused.slice(0, 3));
  });

  test("a breaker whose line is empty closes: nobody is there to be probed with", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    await hub.sql`update parts set parked_at = null, failures = 0`;
    await probe(hub);
    expect(await isOpen(hub)).toBe(false);
  });

  test("what failed before joins the line also when somebody is at it just then", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    realty.onDelete = () => ({ status: 202 });
    const busy = await lockDeletions(hub, failed);
    await probe(hub);
    expect(await isOpen(hub)).toBe(false);
    await busy.release();
    await hub.flows.drives.settled();
    const parts = await Promise.all(failed.map((uid) => partOf(hub, uid)));
    expect(parts.filter(({ due_in_ms }) => due_in_ms > 0)).toEqual([]);
  });
});

test("what failed before joins the line also when the ledger was away at first", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await startHub(realty);
  await openBreaker(hub, realty);
  const away = Promise.withResolvers<void>();
  let ended: Promise<unknown> | undefined;
  realty.onDelete = async () => {
    const isAway = Promise.withResolvers<void>();
    ended = hub.sql.begin(async (sql) => {
      await sql`lock table parts in access exclusive mode`;
      isAway.resolve();
      await away.promise;
    });
    await isAway.promise;
    realty.onDelete = () => ({ status: 202 });
    return { status: 202 };
  };
  const warn: FlowContext["log"]["warn"] = (_fields, message) => {
    if (message.startsWith("what failed before")) away.resolve();
  };
  await probe({ ...hub, flows: { ...hub.flows, log: { ...hub.flows.log, warn } } });
  await hub.flows.drives.settled();
  await ended;
  const parts = await Promise.all(failed.map((uid) => partOf(hub, uid)));
  expect(parts.filter(({ due_in_ms }) => due_in_ms > 0)).toEqual([]);
});

describe("a probe", () => {
  test("waits for a line whose first are busy: it is not taken for an empty one", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    const before = realty.deletes().length;
    const busy = await lockDeletions(hub, users);
    await probe(hub);
    await busy.release();
    expect(await isOpen(hub)).toBe(true);
    expect(realty.deletes()).toHaveLength(before);
    expect(await nextProbeInMs(hub)).toBeLessThanOrEqual(firstProbeMs);
  });

  test("that comes to nothing is soon followed by another", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty);
    await openBreaker(hub, realty);
    const before = realty.deletes().length;
    // Another drive of the same deletion is faster, and parks it again.
    const fault = async () => void (await hub.sql`update parts set parked_at = due_at`);
    await probe({ ...hub, flows: { ...hub.flows, fault } });
    expect(realty.deletes()).toHaveLength(before);
    await expect.poll(() => nextProbeInMs(hub)).toBeLessThanOrEqual(firstProbeMs);
  });

  test("is made with a part in backoff where nobody stands in line, and costs it no attempt", async () => {
    await using realty = await startFakeService("realty");
    await using hub = await startHub(realty, { attempts: 20 });
    await openBreaker(hub, realty);
    await hub.sql`update parts set state = 'deleted', parked_at = null where failures = 0`;
    for (let at = 0; at < 3; at += 1) await probe(hub);
    expect(realty.deletes()).toHaveLength(failuresToOpen + 3);
    expect(await isOpen(hub)).toBe(true);
    const parts = await Promise.all(failed.map((uid) => partOf(hub, uid)));
    expect(parts.map(({ failures }) => failures)).toEqual(parts.map(() => 1));
  });
});

test("status counts a service with an open breaker as silent: ready, with its name, and does not ask it", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await startHub(realty);
  await openBreaker(hub, realty);
  realty.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  const answer = await hub.status("9000");
  expect(answer.data[0]).toMatchObject({ state: "ready_to_delete" });
  expect(answer.errors).toMatchObject([{ code: "service_status_unavailable", service: "realty" }]);
  expect(realty.statuses()).toEqual([]);
});

test("the metric says 1 while it is open, from whichever process", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await startHub(realty);
  await openBreaker(hub, realty);
  const metrics = await (await hub.app.request("/metrics")).text();
  expect(metrics).toContain('takeout_breaker_open{service="realty"} 1');
});
