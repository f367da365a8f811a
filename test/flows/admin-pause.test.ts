import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { learnServices } from "../../src/flows/learn-services.ts";
import { resumeParked } from "../../src/flows/resume-parked.ts";
import { readAnswer } from "../http/support/answers.ts";
import { readAudit } from "../http/support/audit.ts";
import { createDesk, type Desk } from "../http/support/desk.ts";
import { newUid } from "../http/support/uids.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { partOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

let alpha: FakeService;
let desk: Desk;
let hub: TestHub;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  desk = await createDesk();
  hub = await createTestHub({ services: [[alpha]], config: { operators: desk.operators } });
});
beforeEach(async () => {
  alpha.calls.length = 0;
  await resume();
  await hub.sql`delete from service_events`;
  await hub.sql`delete from audit_events`;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await alpha[Symbol.asyncDispose]();
});

async function pause(name = "alpha") {
  const path = `/admin/v1/services/${name}/pause`;
  return await readAnswer(
    "pauseService",
    await desk.act(hub, path, { body: { reason: "migration" } }),
  );
}

async function resume() {
  const path = "/admin/v1/services/alpha/resume";
  return await readAnswer("resumeService", await desk.act(hub, path, { body: { reason: "done" } }));
}

async function goOn(): Promise<void> {
  await learnServices(hub.flows);
  await resumeParked(hub.flows, { service: "alpha" });
  await hub.flows.drives.settled();
  await hub.drain();
}

const stuckReason = async () => {
  const response = await desk.get(hub, "/admin/v1/stuck?older_than=0s");
  return (await readAnswer("listStuck", response)).body.items[0]?.reason;
};

test("a paused service is not called, says so, and goes on by itself when it is resumed", async () => {
  const uid = newUid();
  const { body } = await pause();
  expect(body).toMatchObject({ health: "paused", paused_at: expect.stringMatching(/Z$/) });
  await hub.remove(uid, "r", ["1"]);
  await hub.drain();
  await goOn();
  expect(alpha.deletes()).toEqual([]);
  expect(await partOf(hub, uid)).toMatchObject({ state: "due", failures: 0 });
  expect(await stuckReason()).toBe("paused");
  expect((await resume()).body).toMatchObject({ health: "ok" });
  await goOn();
  expect(alpha.deletes()).toHaveLength(1);
  expect(await partOf(hub, uid)).toMatchObject({ state: "accepted" });
});

test("the portal's status still asks a paused service, and reports of it are taken", async () => {
  const uid = newUid();
  await hub.remove(uid, "r", ["1"]);
  await hub.drain();
  await pause();
  await hub.report(alpha, { yandex_uid: uid, category_id: "1", state: "deleted" });
  expect(await partOf(hub, uid)).toMatchObject({ state: "deleted" });
  alpha.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  const status = await hub.status(newUid());
  expect(status.errors).toBeUndefined();
  expect(status.data.map(({ state }: { state: string }) => state)).toEqual(["empty", "empty"]);
  expect(alpha.statuses()).toHaveLength(1);
});

test("an accepted part of a paused service is not asked about, however overdue", async () => {
  const uid = newUid();
  await hub.remove(uid, "r", ["1"]);
  await hub.drain();
  await pause();
  await hub.passTime(2 * 3_600_000);
  await hub.drain();
  expect(alpha.statuses()).toEqual([]);
  expect(await partOf(hub, uid)).toMatchObject({ state: "accepted" });
});

test("other processes learn of a pause", async () => {
  await using second = startSecondProcess(hub, [alpha]);
  await pause();
  await learnServices(second.flows);
  expect(second.flows.gates.access("alpha")).toBe("held");
  await resume();
  await learnServices(second.flows);
  expect(second.flows.gates.access("alpha")).toBe("free");
});

test("pausing twice is pausing once, each is an act of its own, and the service's history tells of one", async () => {
  const first = await pause();
  const second = await pause();
  expect(second.body.paused_at).toBe(first.body.paused_at);
  await resume();
  await resume();
  const events = await hub.sql<{ event: string }[]>`select event from service_events order by seq`;
  expect(events.map(({ event }) => event)).toEqual(["paused", "resumed"]);
  expect(await readAudit(hub)).toEqual([
    "desk/alice pauseService alpha (migration) ok",
    "desk/alice pauseService alpha (migration) ok",
    "desk/alice resumeService alpha (done) ok",
    "desk/alice resumeService alpha (done) ok",
  ]);
});

test("a service that is not configured is not found, and its name, which may be anything, not in the audit", async () => {
  const { status, code } = await pause("4071936582140759386210475918362");
  expect([status, code]).toEqual([404, "not_found"]);
  expect(await readAudit(hub)).toEqual(["desk/alice pauseService - (migration) not_found"]);
});
