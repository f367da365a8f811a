import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { retryRetained } from "../../src/flows/retry-retained.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { createDesk, type Desk } from "../http/support/desk.ts";
import { newUid } from "../http/support/uids.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

let alpha: FakeService;
let beta: FakeService;
let desk: Desk;
let hub: TestHub;
const dayMs = 86_400_000;
const lawful = { outcome: "retained", reason: "tax_law" };
const failure = { state: "delete_failed", retriable: false };

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  desk = await createDesk();
  hub = await createTestHub({
    services: [[alpha], [beta, { categories: ["2"] }]],
    config: { operators: desk.operators },
  });
});
beforeEach(() => {
  for (const service of [alpha, beta]) {
    service.calls.length = 0;
    service.onStatus = () => ({ status: 200, body: { data_state: "ready_to_delete" } });
  }
});
afterAll(async () => {
  for (const each of [hub, alpha, beta]) await each[Symbol.asyncDispose]();
});

async function report(service: FakeService, uid: string, more: object = {}): Promise<void> {
  const order = service.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
  for (const category of order.categories) {
    const answer = await hub.report(service, { ...doneReport(order, category), ...more });
    expect(answer.status).toBe(200);
  }
  await hub.drain();
}

/** An operator's act upon the user's newest deletion. */
async function act(what: "retry" | "cancel", uid: string): Promise<number> {
  const [row] = await hub.sql<{ id: string }[]>`
    select id from deletions where subject = ${hub.flows.subjects.of(uid)} order by seq desc limit 1`;
  const path = `/admin/v1/deletions/${row?.id}/${what}`;
  return (await desk.act(hub, path, { body: { reason: "OPS-4711" } })).status;
}

async function statusOf(uid: string, id: string) {
  const { data, errors = [] } = await hub.status(uid);
  const entry = data.find((category: { id: string }) => category.id === id);
  const named = errors.filter((error) => error.category_id === id);
  return { ...entry, errors: named.map(({ service, code }) => `${service} ${code}`) };
}

async function remove(uid: string, requestId: string, categoryId: string): Promise<void> {
  expect((await hub.remove(uid, requestId, [categoryId])).status).toBe(200);
}

test("a wish that joins a retry of another service's part leaves no part to be believed", async () => {
  const uid = newUid();
  await remove(uid, "first", "2");
  await hub.drain();
  await report(alpha, uid);
  await report(beta, uid, failure);
  expect(await act("retry", uid)).toBe(202);
  await remove(uid, "second", "2");
  await hub.drain();
  await report(beta, uid);
  beta.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  // What came to alpha after the first fence nobody has deleted, and alpha says that it is there.
  expect((await statusOf(uid, "2")).state).toBe("ready_to_delete");
});

test("a retry of one service's part does not hide what failed beside it", async () => {
  const uid = newUid();
  await remove(uid, "first", "2");
  await hub.drain();
  const until = new Date(Date.now() + 20 * dayMs).toISOString();
  await report(alpha, uid, { ...lawful, retained_until: until });
  await report(beta, uid, failure);
  expect((await statusOf(uid, "2")).errors).toEqual(["beta delete_failed"]);
  await hub.passTime(21 * dayMs);
  await retryRetained(hub.flows);
  await sweep(hub.flows);
  await hub.drain();
  await report(alpha, uid);
  expect((await statusOf(uid, "2")).errors).toEqual(["beta delete_failed"]);
});

test("a deletion that was called off hides nothing of the one before it, and lets nothing of it be believed", async () => {
  const [kept, failed, done] = [newUid(), newUid(), newUid()];
  const reports = new Map<string, object>([
    [kept, lawful],
    [failed, failure],
    [done, {}],
  ]);
  for (const [uid, more] of reports) {
    await remove(uid, "first", "1");
    await hub.drain();
    await report(alpha, uid, more);
    await remove(uid, "second", "1");
    expect(await act("cancel", uid)).toBe(200);
  }
  expect(await statusOf(kept, "1")).toMatchObject({
    retained: [{ service: "alpha", reason: "tax_law" }],
  });
  expect((await statusOf(failed, "1")).errors).toEqual(["alpha delete_failed"]);
  alpha.calls.length = 0;
  expect((await statusOf(done, "1")).state).toBe("ready_to_delete");
  expect(alpha.statuses()).toHaveLength(1);
});
