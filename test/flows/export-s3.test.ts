import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3BlobStore } from "../../src/blobs/s3-blob-store.ts";
import { expireExports } from "../../src/flows/export/expire-exports.ts";
import { s3Options } from "../blobs/drivers.ts";
import { type S3Server, startS3Server } from "../blobs/s3-server.ts";
import { exportsOf, sha256, unzip } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

let server: S3Server;
let rides: FakeService;
let hub: TestHub;
let exports: ReturnType<typeof exportsOf>;
const stack = new AsyncDisposableStack();
const day = 86_400_000;

beforeAll(async () => {
  server = stack.use(await startS3Server());
  rides = stack.use(await startFakeService("rides"));
  const blobs = stack.use(createS3BlobStore(s3Options(server)));
  const services = [[rides, { export: true }]] as const;
  hub = stack.use(await createTestHub({ services, overrides: { blobs } }));
  exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
});
afterAll(() => stack.disposeAsync());

async function begin(uid: string): Promise<string> {
  const jobId = await exports.start(uid);
  await hub.drain();
  return jobId;
}

async function finish(uid: string, jobId: string): Promise<void> {
  const report = { yandex_uid: uid, job_id: jobId, state: "exported" };
  expect((await exports.report(rides, report)).status).toBe(200);
  await hub.drain();
}

test("a copy goes through S3 from the upload to the download, in parts where it is large, and leaves it at its end", async () => {
  const uid = "4001";
  const jobId = await begin(uid);
  const begun = () => server.requests.filter((it) => /^POST .*uploads(?!Id)/.test(it)).length;
  const sent: number[] = [];
  server.strike(({ headers }) => {
    sent.push(Number(headers["content-length"] ?? 0));
    return undefined;
  });
  // Beyond what goes in one request, as the archive is too, for it cannot be made smaller.
  const large = randomBytes(20_000_000);
  expect((await exports.upload(rides, jobId, "large", large)).status).toBe(200);
  expect((await exports.upload(rides, jobId, "small", "first")).status).toBe(200);
  expect((await exports.upload(rides, jobId, "small", "second")).status).toBe(200);
  await finish(uid, jobId);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  expect(begun()).toBe(2);
  // What goes in one request is held in memory.
  expect(Math.max(...sent)).toBeLessThanOrEqual(5 * 1024 * 1024);
  const link = await exports.link(uid, jobId);
  const archive = await (await hub.app.request(link)).arrayBuffer();
  const files = await unzip(archive);
  expect(sha256(files.get("rides/large") ?? "")).toBe(sha256(large));
  expect(files.get("rides/small")?.toString()).toBe("second");
  const range = await hub.app.request(link, { headers: { range: "bytes=4-9" } });
  expect(range.status).toBe(206);
  expect(Buffer.from(await range.arrayBuffer())).toEqual(Buffer.from(archive).subarray(4, 10));
  expect(server.uploads.size).toBe(0);
  await hub.passTime(8 * day);
  await expireExports(hub.flows);
  const left: string[] = [];
  const options = { olderThan: new Date(Date.now() + day), limit: 100 };
  for (const kind of ["file", "archive"]) {
    for await (const key of hub.flows.blobs.list(kind, options)) left.push(key);
  }
  expect(left).toEqual([]);
});

test("while S3 is away uploads are told to come again, and the archive is built when it is back", async () => {
  const uid = "4002";
  const jobId = await begin(uid);
  expect((await exports.upload(rides, jobId, "a", "kept")).status).toBe(200);
  server.strike(() => ({ kind: "cut" }));
  const refused = await exports.upload(rides, jobId, "b", "lost");
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).not.toBe(null);
  await finish(uid, jobId);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "running" });
  const [row] = await hub.sql`select step, error_code from exports where id = ${jobId}`;
  expect(row).toEqual({ step: "build", error_code: "storage_unavailable" });
  server.strike(() => undefined);
  await hub.passTime(10 * 60_000);
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  const archive = await hub.app.request(await exports.link(uid, jobId));
  const files = await unzip(await archive.arrayBuffer());
  expect(files.get("rides/a")?.toString()).toBe("kept");
  expect(files.has("rides/b")).toBe(false);
});

test("what comes with an answer while S3 is away is asked for again, and no attempt is counted", async () => {
  const uid = "4003";
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": "kept" } } });
  server.strike(() => ({ kind: "cut" }));
  const jobId = await begin(uid);
  const [part] = await hub.sql`
    select state, failures, error_code from export_parts where export_id = ${jobId}`;
  expect(part).toEqual({ state: "due", failures: 0, error_code: "storage_unavailable" });
  server.strike(() => undefined);
  await hub.passTime(60_000);
  await hub.drain();
  const archive = await hub.app.request(await exports.link(uid, jobId));
  const files = await unzip(await archive.arrayBuffer());
  expect(files.get("rides/a.json")?.toString()).toBe('"kept"');
});

test("a connection to S3 that breaks in the middle of a file is a failure of the store, and no fault of the hub's own", async () => {
  const uid = "4004";
  rides.onExport = () => ({ status: 202 });
  const jobId = await begin(uid);
  await exports.upload(rides, jobId, "a", randomBytes(1_000_000));
  server.strike(({ method }) => (method === "GET" ? { kind: "cut_body" } : undefined));
  await finish(uid, jobId);
  const [row] = await hub.sql`select step, error_code from exports where id = ${jobId}`;
  expect(row).toEqual({ step: "build", error_code: "storage_unavailable" });
  server.strike(() => undefined);
  await hub.passTime(10 * 60_000);
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
});
