import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { retryRetained } from "../../src/flows/retry-retained.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { readAnswer } from "../http/support/answers.ts";
import { createDesk, type Desk } from "../http/support/desk.ts";
import { newUid } from "../http/support/uids.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { partsOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

let alpha: FakeService;
let beta: FakeService;
let desk: Desk;
let hub: TestHub;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  desk = await createDesk();
  hub = await createTestHub({
    services: [[alpha], [beta, { categories: ["2"] }]],
    config: { operators: desk.operators },
  });
});
beforeEach(async () => {
  for (const service of [alpha, beta]) service.calls.length = 0;
  await hub.sql`truncate deletions, deletion_categories, parts, holds`;
  await hub.sql`delete from graphile_worker._private_jobs`;
});
afterAll(async () => {
  for (const each of [hub, alpha, beta]) await each[Symbol.asyncDispose]();
});

const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

/** A deletion of category 1 of which alpha keeps something for so many days. @returns its id. */
async function startRetained(uid: string, days: number): Promise<string> {
  await hub.remove(uid, "r", ["1"]);
  await hub.drain();
  await reportLast(uid, { outcome: "retained", reason: "tax_law", retained_until: inDays(days) });
  const [row] = await hub.sql<{ id: string }[]>`
    select id from deletions where subject = ${hub.flows.subjects.of(uid)}`;
  return row?.id ?? "";
}

const ordersOf = (service: FakeService, uid: string) =>
  service.deletes().filter(({ body }) => body.report_uid === uid);

async function reportLast(uid: string, more: object = {}, service = alpha): Promise<void> {
  const order = ordersOf(service, uid).at(-1)?.body;
  for (const category of order.categories) {
    const answer = await hub.report(service, { ...doneReport(order, category), ...more });
    expect(answer.status).toBe(200);
  }
}

/** What a worker does by itself: the schedule, the sweep, the queue. */
async function work(flows = hub.flows): Promise<void> {
  await sweep(flows);
  await retryRetained(flows);
  await sweep(flows);
  await hub.drain();
}

async function isSealed(id: string): Promise<boolean> {
  const [row] = await hub.sql`select sealed is not null as sealed from deletions where id = ${id}`;
  return row?.sealed;
}

describe("what a service keeps by law", () => {
  test("is tried again when its time has come, by a new deletion with the old fence", async () => {
    const uid = newUid();
    const old = await startRetained(uid, 30);
    const [first] = ordersOf(alpha, uid);
    await hub.passTime(29 * dayMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(1);
    await hub.passTime(2 * dayMs);
    await work();
    const [, again] = ordersOf(alpha, uid);
    // Time was let pass for all that is stored, the fence too.
    expect(Date.parse(again?.body.to)).toBe(Date.parse(first?.body.to) - 31 * dayMs);
    expect(again?.body.deletion_id).not.toBe(old);
    expect(await isSealed(old)).toBe(false);
    const shown = await desk.get(hub, `/admin/v1/deletions/${again?.body.deletion_id}`);
    const { body } = await readAnswer("getDeletion", shown);
    expect(body).toMatchObject({ origin: "retention", retry_of: old, state: "open" });
    await reportLast(uid);
    const status = await hub.status(uid);
    expect(status.data[0]).toMatchObject({ state: "empty", update_date: expect.any(String) });
    expect(status.data[0].retained).toBeUndefined();
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("may be kept again, and is tried again then", async () => {
    const uid = newUid();
    await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await work();
    await reportLast(uid, { outcome: "retained", reason: "tax_law", retained_until: inDays(10) });
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
    await hub.passTime(11 * dayMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(3);
  });

  test("is not called again and again by a service that names a moment close by", async () => {
    const uid = newUid();
    await startRetained(uid, 1 / 86_400);
    await hub.passTime(hourMs / 2);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(1);
    await hub.passTime(hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("waits for a newer deletion that is open, and is tried again when that was called off", async () => {
    const uid = newUid();
    const old = await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await hub.remove(uid, "second", ["1"]);
    await retryRetained(hub.flows);
    const [newer] = await hub.sql<{ id: string }[]>`
      select id from deletions where subject = ${hub.flows.subjects.of(uid)} order by seq desc limit 1`;
    const cancelled = await desk.act(hub, `/admin/v1/deletions/${newer?.id}/cancel`, {
      body: { reason: "A mistake, OPS-4711" },
    });
    expect([cancelled.status, await isSealed(old)]).toEqual([200, true]);
    await hub.passTime(3 * hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("is not tried again where a newer deletion has been at it", async () => {
    const uid = newUid();
    const old = await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await hub.remove(uid, "second", ["1"]);
    await hub.drain();
    await reportLast(uid);
    await work();
    expect([ordersOf(alpha, uid).length, await isSealed(old)]).toEqual([2, false]);
  });

  test("without a moment is not tried again, and its snapshot goes after the deadline", async () => {
    const uid = newUid();
    await hub.remove(uid, "r", ["1"]);
    await hub.drain();
    await reportLast(uid, { outcome: "retained", reason: "tax_law" });
    const [row] = await hub.sql<{ id: string }[]>`select id from deletions`;
    await hub.passTime(29 * dayMs);
    await work();
    expect(await isSealed(row?.id ?? "")).toBe(true);
    await hub.passTime(2 * dayMs);
    await work();
    expect(await isSealed(row?.id ?? "")).toBe(false);
    expect(ordersOf(alpha, uid)).toHaveLength(1);
  });
});

describe("a late repeat of what was reported of the first deletion, without its id", () => {
  /** @returns the user, whose retry alpha took on, and what alpha reported of the first deletion. */
  async function startAgain(): Promise<{ uid: string; repeat: Record<string, unknown> }> {
    const uid = newUid();
    await hub.remove(uid, "r", ["1"]);
    await hub.drain();
    const said = { outcome: "retained", reason: "tax_law", retained_until: inDays(30) };
    const plain = { yandex_uid: uid, category_id: "1", state: "deleted" };
    const completedAt = Date.now() + 1;
    const repeat = { ...plain, ...said, completed_at: new Date(completedAt).toISOString() };
    expect((await hub.report(alpha, repeat)).status).toBe(200);
    await hub.passTime(31 * dayMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
    // The service's own words grow old as all that is stored does.
    const completed_at = new Date(completedAt - 31 * dayMs).toISOString();
    return { uid, repeat: { ...repeat, completed_at, retained_until: inDays(-1) } };
  }

  async function lastPart(uid: string) {
    return (await partsOf(hub, uid)).at(-1);
  }

  test("does not close the retry, which is called on until the service has done it", async () => {
    const { uid, repeat } = await startAgain();
    expect((await hub.report(alpha, repeat)).status).toBe(200);
    expect((await lastPart(uid))?.state).toBe("accepted");
    const { deletion_id: id } = ordersOf(alpha, uid)[1]?.body ?? {};
    expect(await isSealed(id)).toBe(true);
    // The service is asked, which says that there is something to delete, and is called again.
    await hub.passTime(2 * hourMs);
    await work();
    await hub.passTime(2 * hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(3);
  });

  test("does not end the retry as failed", async () => {
    const { uid, repeat } = await startAgain();
    const { yandex_uid, category_id, completed_at } = repeat;
    const failed = { yandex_uid, category_id, completed_at, state: "delete_failed" };
    expect((await hub.report(alpha, { ...failed, retriable: false })).status).toBe(200);
    expect((await lastPart(uid))?.state).toBe("accepted");
  });

  test("leaves the retry to the service's own report of it, plain or not", async () => {
    const { uid, repeat } = await startAgain();
    await hub.report(alpha, repeat);
    const { to } = ordersOf(alpha, uid)[1]?.body ?? {};
    const completed_at = new Date(Date.now() + 1).toISOString();
    const plain = { yandex_uid: uid, category_id: "1", state: "deleted", completed_at, to };
    expect((await hub.report(alpha, plain)).status).toBe(200);
    expect(await lastPart(uid)).toMatchObject({ state: "deleted", outcome: "erased" });
  });
});

describe("trying again by itself", () => {
  test("waits while the category is open, and is left to a newer deletion that was at it", async () => {
    const uid = newUid();
    const old = await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await hub.remove(uid, "second", ["1"]);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
    await reportLast(uid);
    await hub.passTime(2 * hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
    expect((await partsOf(hub, uid)).length).toBe(2);
    expect(await isSealed(old)).toBe(false);
  });

  test("comes when a deletion of the category that passed this service by has ended", async () => {
    const uid = newUid();
    await hub.remove(uid, "r", ["2"]);
    await hub.drain();
    await reportLast(uid, { outcome: "retained", reason: "tax_law", retained_until: inDays(30) });
    await hub.passTime(hourMs);
    await hub.sql`update parts set state = 'delete_failed', closed_at = now(), attempt = 9 where service = 'beta'`;
    await hub.sql`update deletion_categories set closed_at = now()`;
    await hub.sql`update deletions set closed_at = now(), wake_at = null`;
    const [row] = await hub.sql<{ id: string }[]>`select id from deletions`;
    const path = `/admin/v1/deletions/${row?.id}/retry`;
    const retried = await desk.act(hub, path, { body: { reason: "why" } });
    expect((await readAnswer("retryDeletion", retried)).body.parts).toMatchObject([
      { service: "beta" },
    ]);
    // What alpha keeps still needs the snapshot.
    expect(await isSealed(row?.id ?? "")).toBe(true);
    await hub.drain();
    await hub.sql`update parts set retry_at = now() where retry_at is not null`;
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(1);
    await reportLast(uid, {}, beta);
    await hub.sql`update parts set retry_at = now() where retry_at is not null`;
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("waits while an operator holds the user, and comes after", async () => {
    const uid = newUid();
    await startRetained(uid, 30);
    const held = await desk.act(hub, "/admin/v1/holds", { body: { uid, reason: "why" } });
    const { hold_id: id } = (await readAnswer("placeHold", held)).body;
    await hub.passTime(31 * dayMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(1);
    await desk.act(hub, `/admin/v1/holds/${id}?reason=over`, { method: "DELETE" });
    await hub.passTime(hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("waits in the category that is held alone, and comes at once in the others", async () => {
    const uid = newUid();
    await hub.remove(uid, "r", ["1", "2"]);
    await hub.drain();
    await reportLast(uid, { outcome: "retained", reason: "tax_law", retained_until: inDays(30) });
    await reportLast(uid, {}, beta);
    const hold = { uid, categories: ["1"], reason: "why" };
    const held = await desk.act(hub, "/admin/v1/holds", { body: hold });
    const { hold_id: id } = (await readAnswer("placeHold", held)).body;
    await hub.passTime(31 * dayMs);
    await work();
    expect(ordersOf(alpha, uid).at(-1)?.body).toMatchObject({ categories: ["2"] });
    // A service that is silent for an hour is called again.
    await reportLast(uid);
    await desk.act(hub, `/admin/v1/holds/${id}?reason=over`, { method: "DELETE" });
    await hub.passTime(2 * hourMs);
    await work();
    expect(ordersOf(alpha, uid).map(({ body }) => body.categories)).toEqual([
      ...[["1", "2"], ["2"], ["1"]],
    ]);
  });

  test("is left to a process that knows the service", async () => {
    const uid = newUid();
    await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await using other = startSecondProcess(hub, [beta]);
    await work({ ...other.flows, registry: { ...other.flows.registry, holds: () => false } });
    expect((await partsOf(hub, uid)).length).toBe(1);
    await hub.passTime(hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("is given up when it could not be for as long as a deletion may take, and the user is forgotten", async () => {
    const uid = newUid();
    const old = await startRetained(uid, 30);
    await desk.act(hub, "/admin/v1/holds", { body: { uid, reason: "why" } });
    await hub.passTime(61 * dayMs);
    await work();
    expect(await isSealed(old)).toBe(false);
    expect((await partsOf(hub, uid)).length).toBe(1);
  });

  test("is done once, however many processes are at it", async () => {
    const uid = newUid();
    await startRetained(uid, 30);
    await hub.passTime(31 * dayMs);
    await Promise.all([
      retryRetained(hub.flows),
      retryRetained(hub.flows),
      retryRetained(hub.flows),
    ]);
    await hub.drain();
    expect((await partsOf(hub, uid)).length).toBe(2);
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });

  test("has the snapshot also where the deletion closed after the moment had come", async () => {
    const uid = newUid();
    await hub.remove(uid, "r", ["2"]);
    await hub.drain();
    await reportLast(uid, { outcome: "retained", reason: "tax_law", retained_until: inDays(1) });
    await hub.passTime(2 * dayMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(1);
    await reportLast(uid, {}, beta);
    await work();
    await hub.passTime(hourMs);
    await work();
    expect(ordersOf(alpha, uid)).toHaveLength(2);
  });
});

describe("what operators have seen to", () => {
  /** A deletion of which alpha keeps something for five years, while beta is not done yet. @returns its id. */
  async function startKept(uid: string): Promise<string> {
    await hub.remove(uid, "r", ["2"]);
    await hub.drain();
    const kept = { outcome: "retained", reason: "tax_law", retained_until: inDays(5 * 365) };
    await reportLast(uid, kept);
    const [row] = await hub.sql<{ id: string }[]>`select id from deletions`;
    return row?.id ?? "";
  }

  async function resolveAlpha(id: string): Promise<void> {
    for (const login of ["alice", "bob"]) {
      const body = { state: "resolved", service: "alpha", reason: "Seen to, LEGAL-17" };
      const path = `/admin/v1/deletions/${id}/resolve`;
      expect((await desk.act(hub, path, { login, body })).status).toBeLessThan(300);
    }
  }

  test("keeps the identifiers no longer than what else is open", async () => {
    const uid = newUid();
    const id = await startKept(uid);
    await resolveAlpha(id);
    expect(await isSealed(id)).toBe(true);
    await reportLast(uid, {}, beta);
    expect(await isSealed(id)).toBe(false);
  });

  test("keeps them no longer where nothing else is left", async () => {
    const uid = newUid();
    const id = await startKept(uid);
    await reportLast(uid, {}, beta);
    expect(await isSealed(id)).toBe(true);
    await resolveAlpha(id);
    expect(await isSealed(id)).toBe(false);
  });

  test.each([
    ["is done late after all", 0],
    ["is never done", 31],
  ])("keeps them no longer than what else has failed, and %s", async (_name, days) => {
    const uid = newUid();
    const id = await startKept(uid);
    await reportLast(uid, { state: "delete_failed", retriable: false }, beta);
    await resolveAlpha(id);
    await sweep(hub.flows);
    expect(await isSealed(id)).toBe(true);
    if (days === 0) await reportLast(uid, {}, beta);
    await hub.passTime(days * dayMs);
    await sweep(hub.flows);
    expect(await isSealed(id)).toBe(false);
  });
});
