import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createRegistry } from "../../src/domain/registry.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { resumeWork } from "../../src/flows/resume-work.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { deriveKeyring } from "../../src/store/keys.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { deletionOf, hurry, partOf, partsOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

/** The queue is a hint, the ledger is the truth. */

const hour = 3_600_000;
const day = 24 * hour;

let realty: FakeService;
let orders: FakeService;
let hub: TestHub;

beforeEach(async () => {
  realty = await startFakeService("realty");
  orders = await startFakeService("orders");
  hub = await createTestHub({
    services: [
      [realty, { backoff: { firstMs: 60_000, maxMs: 600_000 } }],
      [orders, { categories: ["2"] }],
    ],
    overrides: { random: () => 0.5 },
  });
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await Promise.all([realty, orders].map((service) => service[Symbol.asyncDispose]()));
});

const loseJobs = () => hub.sql`delete from graphile_worker._private_jobs`;
const countJobs = async () => (await hub.sql`select from graphile_worker.jobs`).length;

describe("a lost row of the queue", () => {
  test("costs seconds: the sweep re-adds what should have woken ten seconds ago", async () => {
    await hub.remove("1", "r", ["1"]);
    await loseJobs();
    await sweep(hub.flows);
    expect(await countJobs()).toBe(0);
    await hurry(hub, 10_500);
    await sweep(hub.flows);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(1);
  });

  test("heals a retry too, and a call that was lost with its worker", async () => {
    realty.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await loseJobs();
    await hurry(hub, 30_000 + 10_500);
    await sweep(hub.flows);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(2);
    await loseJobs();
    await hub.sql`update parts set state = 'calling', leased_until = clock_timestamp() + interval '15 s'`;
    await hub.sql`update deletions set wake_at = clock_timestamp() + interval '15 s'`;
    await hurry(hub, 15_000 + 10_500);
    await sweep(hub.flows);
    await hub.drain();
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1, 2, 3]);
  });

  test("is not missed where something is awaited on purpose: a lease, a backoff, a report", async () => {
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hub.remove("2", "r", ["1"]);
    await loseJobs();
    await hub.sql`update parts set state = 'calling', leased_until = clock_timestamp() + interval '1 h'
      where subject = ${hub.flows.subjects.of("2")}`;
    await hurry(hub, hour / 2);
    await sweep(hub.flows);
    expect(await countJobs()).toBe(0);
  });

  test("is woken for a service's retry while the call of another goes on for long", async () => {
    realty.onDelete = () => ({ status: 503, headers: { "retry-after": "300" } });
    await hub.remove("1", "r", ["2"]);
    await hub.drain();
    // So far off, a retry has no row in the queue.
    expect(await countJobs()).toBe(0);
    await hurry(hub, 320_000);
    await hub.sql`update parts set state = 'calling', leased_until = now() + interval '10 min' where service = 'orders'`;
    await sweep(hub.flows);
    await hub.drain();
    expect([realty.deletes().length, orders.deletes().length]).toEqual([2, 1]);
    // What has a call under way, and nothing else to do, is left alone.
    await hurry(hub, 320_000);
    await hub.sql`update parts set state = 'calling', leased_until = now() + interval '10 min'`;
    await sweep(hub.flows);
    expect(await countJobs()).toBe(0);
  });

  test("is re-added once, though two processes sweep at the same time", async () => {
    await using other = startSecondProcess(hub, [realty, orders]);
    for (const uid of ["1", "2", "3"]) await hub.remove(uid, "r", ["1"]);
    await loseJobs();
    await hurry(hub, 10_500);
    await Promise.all([sweep(hub.flows), sweep(other.flows), sweep(hub.flows)]);
    expect(await countJobs()).toBe(3);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(3);
  });
});

test("a process without the secret of a deletion leaves it to others, and burns no attempt", async () => {
  await hub.remove("1", "r", ["1"]);
  const keyring = deriveKeyring([randomBytes(32)]);
  await using other = startSecondProcess(hub, [realty, orders], { keyring });
  const { id: deletionId } = await deletionOf(hub, "1");
  await driveDeletion(other.flows, { deletionId });
  await loseJobs();
  expect(realty.deletes()).toEqual([]);
  expect(await partOf(hub, "1")).toMatchObject({ state: "due", attempt: 0 });
  await hurry(hub, 75_000);
  await sweep(hub.flows);
  await hub.drain();
  expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1]);
});

describe("a deletion that brings its workers down again and again", () => {
  /** A worker claims, calls, and is gone; those who are left take over. */
  async function loseWorkers(count: number): Promise<void> {
    await hub.remove("1", "r", ["1"]);
    for (let at = 0; at < count; at += 1) {
      await hub.sql`update parts set leased_by = 'gone', leased_until = now() + interval '15 s'`;
      await resumeWork(hub.flows, { workerIds: ["gone"] });
    }
  }

  test("is put off for ten minutes without a call, and comes back by the sweep", async () => {
    await loseWorkers(21);
    await hub.drain();
    expect(realty.deletes()).toEqual([]);
    // The queue takes a finished job out without waiting for it.
    await vi.waitUntil(async () => (await countJobs()) === 0, { timeout: 90_000 });
    await hurry(hub, 9 * 60_000);
    await sweep(hub.flows);
    await hub.drain();
    expect(realty.deletes()).toEqual([]);
    await hurry(hub, 90_000);
    await sweep(hub.flows);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(1);
  });

  test("is not put off for fewer losses than that, and one that comes to something counts anew", async () => {
    await loseWorkers(20);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(1);
    const [row] = await hub.sql`select losses from deletions`;
    expect(row?.losses).toBe(0);
  });
});

describe("a part of a service, or of a category, that is not configured any more", () => {
  const without = (change: (config: { services: string[]; categories: string[] }) => void) => {
    const kept = { services: ["realty", "orders"], categories: ["1", "2"] };
    change(kept);
    const { registry } = hub.flows;
    return createRegistry({
      categories: registry.categories.filter(({ id }) => kept.categories.includes(id)),
      services: registry.services.filter(({ name }) => kept.services.includes(name)),
    });
  };

  test.each([
    ["service", (kept: { services: string[] }) => kept.services.splice(1)],
    ["category", (kept: { categories: string[] }) => kept.categories.splice(1)],
  ])("(%s) is held: neither called nor ended, and goes on when it is back", async (_, drop) => {
    const registry = without(drop as never);
    await using newer = startSecondProcess(hub, [realty, orders], { registry });
    await hub.remove("1", "r", ["1", "2"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion(newer.flows, { deletionId });
    await hub.passTime(40 * day);
    await driveDeletion(newer.flows, { deletionId });
    const held = (await partsOf(hub, "1")).find(({ service }) => service === "orders");
    expect(held).toMatchObject({ state: "due", attempt: 0 });
    expect(orders.calls).toEqual([]);
    expect((await deletionOf(hub, "1")).closed_at).toBeNull();
    await hub.sql`update deletions set accepted_at = clock_timestamp()`;
    await driveDeletion(hub.flows, { deletionId });
    expect(orders.deletes()).toHaveLength(1);
  });

  test("its late report is recorded and moves nothing", async () => {
    await hub.remove("1", "r", ["2"]);
    await hub.drain();
    const [before] = await partsOf(hub, "1");
    await hub.sql`update parts set category_id = '1' where service = 'orders'`;
    const report = { yandex_uid: "1", category_id: "1", state: "deleted" };
    expect((await hub.report(orders, report)).status).toBe(200);
    const [after] = await partsOf(hub, "1");
    expect(after?.state).toBe(before?.state);
    expect((await hub.sql`select effect from reports`)[0]).toMatchObject({ effect: "recorded" });
  });
});

test("a signal that comes while a drive runs is not swallowed by that drive's end", async () => {
  const report = { yandex_uid: "1", category_id: "1", state: "delete_failed" };
  realty.onDelete = async () => {
    if (realty.deletes().length === 1) await hub.report(realty, report);
    return { status: 200 };
  };
  await hub.remove("1", "r", ["1"]);
  await hub.drain();
  expect(await partOf(hub, "1")).toMatchObject({ state: "due", failures: 1 });
  await hurry(hub, 30_000);
  await hub.drain();
  expect(await partOf(hub, "1")).toMatchObject({ state: "accepted", attempt: 2 });
});
