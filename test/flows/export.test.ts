import { expect, test } from "vitest";
import { exportsOf, exportWithLostFile, sha256, unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";

const uid = "4001";

test("what services give at once comes into one archive, and what they have not is no failure", async () => {
  await using realty = await startFakeService("realty");
  await using rides = await startFakeService("rides");
  await using quiet = await startFakeService("quiet");
  await using hub = await createTestHub({
    services: [
      [realty, { export: true }],
      [rides, { export: true, categories: ["2"] }],
      [quiet, { export: false }],
    ],
  });
  const exports = exportsOf(hub);
  const data = { "offers.json": [{ id: "17" }], "профиль.json": { name: "Ж", big: 1 } };
  realty.onExport = () => ({
    status: 200,
    body: JSON.stringify({ status: "ok", data }).replace(
      '"big":1',
      '"big":12345678901234567890.10',
    ),
  });
  const jobId = await exports.start(uid);
  expect(await exports.status(uid, jobId)).toMatchObject({ job_id: jobId, state: "queued" });
  await hub.drain();

  const [call] = realty.exports();
  expect(call?.body).toEqual({
    yandex_uids: [{ uid, is_portal: true }],
    categories: ["1", "2"],
    request_id: "r1",
    job_id: jobId,
    upload_url: `http://127.0.0.1:8080/takeout/exports/${jobId}/files/`,
    report_uid: uid,
    deadline: expect.stringMatching(/Z$/),
  });
  expect(rides.exports()).toHaveLength(1);
  expect(quiet.calls).toHaveLength(0);
  const status = await exports.status(uid, jobId);
  expect(status).toMatchObject({
    state: "ready",
    expires_at: expect.any(String),
    parts: [
      { service: "realty", state: "exported", files: 2 },
      { service: "rides", state: "no_data", files: 0, bytes: 0 },
    ],
  });

  const response = await hub.app.request(await exports.link(uid, jobId));
  expect(response.status).toBe(200);
  const files = await unzip(await response.arrayBuffer());
  const profile = '{"name":"Ж","big":12345678901234567890.10}';
  expect(files.get("realty/offers.json")?.toString()).toBe('[{"id":"17"}]');
  expect(files.get("realty/профиль.json")?.toString()).toBe(profile);
  const manifest = JSON.parse(String(files.get("manifest.json")));
  const listed = JSON.stringify(manifest);
  expect(listed).toContain(sha256(profile));
  expect(manifest.missing).toEqual([]);
});

test("where nobody has anything, and where nobody is asked, there is no data", async () => {
  await using realty = await startFakeService("realty");
  await using quiet = await startFakeService("quiet");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  await using none = await createTestHub({ services: [[quiet]] });
  for (const one of [hub, none]) {
    const exports = exportsOf(one);
    const jobId = await exports.start(uid);
    await one.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "no_data" });
    const link = await exports.askLink(uid, jobId);
    expect([link.status, await link.json()]).toMatchObject([
      409,
      { errors: [{ code: "archive_not_ready" }] },
    ]);
    expect(await one.sql`select sealed, wrapped is null as is_gone from exports`).toMatchObject([
      { sealed: null },
    ]);
  }
});

test("a service that fails for good is named, and the rest is there", async () => {
  await using realty = await startFakeService("realty");
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({
    services: [
      [realty, { export: true }],
      [rides, { export: true }],
    ],
  });
  const exports = exportsOf(hub);
  realty.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": 1 } } });
  rides.onExport = () => ({ status: 403 });
  const jobId = await exports.start(uid);
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({
    state: "partial",
    parts: [
      { service: "realty", state: "exported" },
      { service: "rides", state: "export_failed", error: { code: "http_403" } },
    ],
  });
  const response = await hub.app.request(await exports.link(uid, jobId));
  const files = await unzip(await response.arrayBuffer());
  expect(JSON.parse(String(files.get("manifest.json"))).missing).toEqual([
    { service: "rides", reason: "http_403" },
  ]);
});

test("a copy that would lack a file which a service gave is not made", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const jobId = await exportWithLostFile(hub, rides, uid);
  expect(await exportsOf(hub).status(uid, jobId)).toMatchObject({ state: "failed" });
  expect(await hub.sql`select step, error_code from exports`).toEqual([
    { step: "build", error_code: "file_missing" },
  ]);
  expect(await hub.sql`select from export_archives`).toHaveLength(0);
});
