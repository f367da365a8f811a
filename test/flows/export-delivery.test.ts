import { expect, test } from "vitest";
import { sweep } from "../../src/flows/sweep.ts";
import { createDesk } from "../http/support/desk.ts";
import { exportsOf, exportWithLostFile, sha256 } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { type FakeStorage, startFakeStorage } from "../support/fake-storage.ts";
import { createTestHub, type TestHub, type TestHubOptions } from "../support/hub.ts";

const uid = "4001";
const hour = 3_600_000;
const delivery = { deadlineMs: 72 * hour, delivery: "portal", keepMs: 168 * hour, concurrency: 4 };

/** A hub that pushes copies to the storage of the portal which asks. */
async function createPushingHub(
  storage: FakeStorage,
  services: TestHubOptions["services"],
  config: TestHubOptions["config"] = {},
): Promise<TestHub> {
  const pushing = { export: delivery as never, ...config };
  const hub = await createTestHub({ services, config: pushing, storage: storage.url });
  return hub;
}

test("files are pushed one by one, then it is said that all are there, then the user is told", async () => {
  await using storage = await startFakeStorage();
  await using realty = await startFakeService("realty");
  await using rides = await startFakeService("rides");
  await using gone = await startFakeService("gone");
  await using hub = await createPushingHub(storage, [
    [realty, { export: true }],
    [rides, { export: true }],
    [gone, { export: true }],
  ]);
  const exports = exportsOf(hub);
  const data = { "offers.json": [1], "Ж 1.json": { a: "b" } };
  realty.onExport = () => ({ status: 200, body: { status: "ok", data } });
  rides.onExport = () => ({ status: 202 });
  gone.onExport = () => ({ status: 410 });
  const jobId = await exports.start(uid);
  await hub.drain();
  const history = Buffer.alloc(300_000, "ride ");
  await exports.upload(rides, jobId, "history.jsonl", history);
  await exports.upload(rides, jobId, "empty", "");
  await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "exported" });
  await hub.drain();

  expect(storage.steps()).toEqual([
    "PUT realty/offers.json",
    "PUT realty/Ж 1.json",
    "PUT rides/history.jsonl",
    "PUT rides/empty",
    "POST done",
    "POST notify",
  ]);
  const pushed = storage.requests[2];
  const digest = Buffer.from(sha256(history), "hex").toString("base64");
  expect(pushed?.path).toBe(`/v1/takeout/exports/${jobId}/files/rides/history.jsonl`);
  expect(pushed?.body.equals(history)).toBe(true);
  expect(pushed?.headers).toMatchObject({
    "content-length": "300000",
    "content-digest": `sha-256=:${digest}:`,
    "x-ya-service-ticket": expect.stringMatching(/^ey/),
  });
  expect(JSON.parse(String(storage.requests[4]?.body))).toEqual({
    state: "partial",
    services: [
      { service: "realty", files: 2, bytes: 12 },
      { service: "rides", files: 2, bytes: 300_000 },
    ],
    missing: [{ service: "gone", reason: "http_410" }],
  });
  expect(storage.requests[5]?.body).toHaveLength(0);
  const status = await exports.status(uid, jobId);
  expect(status).toMatchObject({ state: "partial" });
  expect(status).not.toHaveProperty("expires_at");
  expect((await exports.askLink(uid, jobId)).status).toBe(409);
});

test("a step that fails is tried again, and none that was done is repeated", async () => {
  await using storage = await startFakeStorage();
  await using rides = await startFakeService("rides");
  await using hub = await createPushingHub(storage, [[rides, { export: true }]]);
  const exports = exportsOf(hub);
  const data = Object.fromEntries(["a", "b", "c"].map((name) => [name, name]));
  rides.onExport = () => ({ status: 200, body: { status: "ok", data } });
  const failures = new Map([
    ["b", [500, 429]],
    ["done", [503]],
    ["notify", [408]],
  ]);
  storage.onRequest = ({ path }) => failures.get(path.split("/").at(-1) ?? "")?.shift() ?? 204;
  const jobId = await exports.start(uid);
  for (let tries = 0; tries < 8; tries += 1) {
    await hub.drain();
    await hub.passTime(hour);
    await sweep(hub.flows);
  }
  expect(storage.steps()).toEqual([
    ...["PUT rides/a", "PUT rides/b", "PUT rides/b", "PUT rides/b", "PUT rides/c"],
    ...["POST done", "POST done", "POST notify", "POST notify"],
  ]);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  expect(rides.exports()).toHaveLength(1);
});

test("a storage that refuses ends it as failed, and an operator may have that step tried again", async () => {
  await using storage = await startFakeStorage();
  await using rides = await startFakeService("rides");
  const desk = await createDesk();
  const { operators } = desk;
  await using hub = await createPushingHub(storage, [[rides, { export: true }]], { operators });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { a: 1, b: 2 } } });
  let isRefused = true;
  storage.onRequest = ({ path }) => (isRefused && path.endsWith("done") ? 403 : 204);
  const jobId = await exports.start(uid);
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "failed" });
  const shown = await (await desk.get(hub, `/admin/v1/exports/${jobId}`)).json();
  expect(shown).toMatchObject({ state: "failed", step: "done", error: { code: "http_403" } });
  isRefused = false;
  const retry = await desk.act(hub, `/admin/v1/exports/${jobId}/retry`, { body: { reason: "x" } });
  expect(retry.status).toBe(202);
  await hub.drain();
  expect(storage.steps()).toEqual([
    "PUT rides/a",
    "PUT rides/b",
    "POST done",
    "POST done",
    "POST notify",
  ]);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
});

test("what a retry brings is pushed besides what is there", async () => {
  await using storage = await startFakeStorage();
  await using rides = await startFakeService("rides");
  await using realty = await startFakeService("realty");
  const desk = await createDesk();
  const { operators } = desk;
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  await using hub = await createPushingHub(storage, services, { operators });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { a: 1 } } });
  realty.onExport = () => ({ status: 404 });
  const jobId = await exports.start(uid);
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "partial" });
  realty.onExport = () => ({ status: 200, body: { status: "ok", data: { b: 1 } } });
  await desk.act(hub, `/admin/v1/exports/${jobId}/retry`, { body: { reason: "x" } });
  await hub.drain();
  expect(storage.steps()).toEqual([
    ...["PUT rides/a", "POST done", "POST notify"],
    ...["PUT realty/b", "POST done", "POST notify"],
  ]);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  expect(rides.exports()).toHaveLength(1);
});

test("a storage is never told that all is there where a file which a service gave is not", async () => {
  await using storage = await startFakeStorage();
  await using rides = await startFakeService("rides");
  await using hub = await createPushingHub(storage, [[rides, { export: true }]]);
  const jobId = await exportWithLostFile(hub, rides, uid);
  expect(storage.steps()).toEqual(["PUT rides/a"]);
  expect(await exportsOf(hub).status(uid, jobId)).toMatchObject({ state: "failed" });
});
