import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { endLeases } from "../../src/store/leases.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty, { completion: "answer" }]] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await hub.drain();
  realty.calls.length = 0;
});

/** A deletion as a worker leaves it that died in the middle of a call, with its job. */
async function leave(uid: string, workerId: string, leaseMs: number): Promise<void> {
  expect((await hub.remove(uid, "r1", ["1", "2"])).status).toBe(200);
  await hub.sql`delete from graphile_worker._private_jobs`;
  await hub.sql`
    update parts set state = 'calling', attempt = 1, leased_by = ${workerId},
                     leased_until = clock_timestamp() + ${leaseMs} * interval '1 ms'
     where state = 'due'`;
}

const none = { woken: 0, isDone: true };

test("what a worker left is called again at once, its lease still running or just over", async () => {
  await leave("4001", "gone-1", 60_000);
  await leave("4002", "gone-2", -1);
  expect(await endLeases(hub.flows.store, ["gone-1", "gone-2"])).toEqual({
    woken: 2,
    isDone: true,
  });
  await hub.drain();
  const called = realty.deletes().map(({ body }) => [body.report_uid, body.attempt]);
  expect(called.toSorted()).toEqual([
    ["4001", 2],
    ["4002", 2],
  ]);
});

test("what others hold is left to them, and nothing is woken twice", async () => {
  await leave("4003", "living", 60_000);
  expect(await endLeases(hub.flows.store, ["gone-1", "gone-2", "gone-3"])).toEqual(none);
  await hub.drain();
  expect(realty.deletes()).toEqual([]);
  expect(await endLeases(hub.flows.store, ["living"])).toEqual({ woken: 1, isDone: true });
  expect(await endLeases(hub.flows.store, ["living"])).toEqual(none);
});

test("a row that somebody holds keeps nobody else waiting, and is seen to later", async () => {
  await leave("4004", "gone-4", 60_000);
  await leave("4005", "gone-4", 60_000);
  const subject = hub.flows.subjects.of("4004");
  await hub.sql.begin(async (tx) => {
    await tx`select from deletions where subject = ${subject} for update`;
    expect(await endLeases(hub.flows.store, ["gone-4"])).toEqual({ woken: 1, isDone: false });
  });
  expect(await endLeases(hub.flows.store, ["gone-4"])).toEqual({ woken: 1, isDone: true });
});

test("a row that others queue for is had in its turn", async () => {
  await leave("4006", "gone-5", 60_000);
  const subject = hub.flows.subjects.of("4006");
  const isHeld = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = hub.sql.begin(async (tx) => {
    await tx`select from deletions where subject = ${subject} for update`;
    isHeld.resolve();
    await release.promise;
  });
  await isHeld.promise;
  const ending = endLeases(hub.flows.store, ["gone-5"]);
  await until("it to queue", async () => {
    const [row] = await hub.sql<{ count: number }[]>`
      select count(*)::int from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%for update'`;
    return row?.count === 1;
  });
  release.resolve();
  await holding;
  expect(await ending).toEqual({ woken: 1, isDone: true });
});
