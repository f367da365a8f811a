import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newBlobKey } from "../../src/blobs/blob-key.ts";
import { BlobError, type BlobStore } from "../../src/blobs/blob-store.ts";
import { cleanBlobs } from "../../src/flows/export/clean-blobs.ts";
import { expireExports } from "../../src/flows/export/expire-exports.ts";
import { forgetExports } from "../../src/flows/export/forget-exports.ts";
import { purgeFiles } from "../../src/store/exports/upkeep.ts";
import { createDesk } from "../http/support/desk.ts";
import { exportsOf, unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

const uid = "4001";
const day = 86_400_000;
const hour = 3_600_000;

async function keysOf(blobs: BlobStore): Promise<string[]> {
  const keys: string[] = [];
  const olderThan = new Date(Date.now() + day);
  for (const kind of ["file", "archive"]) {
    for await (const key of blobs.list(kind, { olderThan, limit: 1_000 })) keys.push(key);
  }
  return keys.sort();
}

async function makeOlder({ blobs }: TestHub, key: string, at: Date): Promise<void> {
  const [kind = "", id = ""] = key.split("/");
  await utimes(join(blobs, "objects", kind, id.slice(0, 2), id), at, at);
}

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}

test("what nothing leads to goes after two days, and nothing else", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const exports = exportsOf(hub);
  const { blobs } = hub.flows;
  // One export that is whole, and one that waits for more.
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": "a" } } });
  const whole = await exports.start("4002");
  await hub.drain();
  rides.onExport = () => ({ status: 202 });
  const jobId = await exports.start(uid);
  await hub.drain();
  expect((await exports.upload(rides, jobId, "b", "kept")).status).toBe(200);
  const needed = await keysOf(blobs);
  // As processes leave them that die between the store and the ledger; more than one page of them.
  const orphans = Array.from({ length: 501 }, () => newBlobKey("file"));
  orphans.push(newBlobKey("archive"));
  const young = newBlobKey("file");
  for (const key of [...orphans, young]) {
    await blobs.put(key, bytesOf("x"), { maxBytes: 10, signal: new AbortController().signal });
  }
  const old = new Date(Date.now() - 49 * hour);
  for (const key of [...orphans, ...needed]) await makeOlder(hub, key, old);

  await cleanBlobs(hub.flows);
  expect(await keysOf(blobs)).toEqual([...needed, young].sort());
  await cleanBlobs(hub.flows);
  expect(await keysOf(blobs)).toEqual([...needed, young].sort());
  await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "exported" });
  await hub.drain();
  for (const [user, job, file, text] of [
    [uid, jobId, "rides/b", "kept"],
    ["4002", whole, "rides/a.json", '"a"'],
  ] as const) {
    const archive = await hub.app.request(await exports.link(user, job));
    expect((await unzip(await archive.arrayBuffer())).get(file)?.toString()).toBe(text);
  }
});

test("exports and their requests are forgotten after keep.requests, but none that is open or has an archive", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": "a" } } });
  await exports.start(uid, "old");
  await hub.drain();
  rides.onExport = () => ({ status: 202 });
  const open = await exports.start("4002", "open");
  await hub.drain();
  const count = async (table: string) => (await hub.sql`select from ${hub.sql(table)}`).length;

  await hub.passTime(89 * day);
  await forgetExports(hub.flows);
  expect(await count("exports")).toBe(2);
  expect(await count("export_requests")).toBe(2);
  await hub.passTime(2 * day);
  // Its archive has not been taken away yet.
  await forgetExports(hub.flows);
  expect(await count("exports")).toBe(2);
  await expireExports(hub.flows);
  await forgetExports(hub.flows);
  expect(await hub.sql`select id from exports`).toEqual([{ id: open }]);
  for (const table of ["export_parts", "export_subjects", "export_events"]) {
    const rows = await hub.sql`select from ${hub.sql(table)} where export_id <> ${open}`;
    expect([table, rows.length]).toEqual([table, 0]);
  }
  expect(await count("export_requests")).toBe(0);
  expect(await count("export_archives")).toBe(0);
  expect(await count("export_files")).toBe(0);
});

test("what names a user goes in time, though the store of blobs lets go of nothing", async () => {
  await using rides = await startFakeService("rides");
  await using realty = await startFakeService("realty");
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  await using hub = await createTestHub({ services });
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": "a" } } });
  realty.onExport = () => ({ status: 400 });
  await exportsOf(hub).start(uid);
  await hub.drain();
  const remove = async () => {
    throw new BlobError("unavailable");
  };
  const blobs = new Proxy(hub.flows.blobs, {
    get: (store, name) => (name === "remove" ? remove : Reflect.get(store, name).bind(store)),
  });
  const read = () => hub.sql`select state, sealed, wrapped, archive_id from exports`;
  expect((await read())[0]).toMatchObject({ state: "partial", sealed: expect.any(Buffer) });

  await hub.passTime(7 * day);
  await expect(expireExports({ ...hub.flows, blobs })).rejects.toThrow(BlobError);
  const nothing = { sealed: null, wrapped: null, archive_id: null };
  expect(await read()).toEqual([{ state: "partial", ...nothing }]);
  expect(await hub.sql`select from export_files`).toHaveLength(0);
  expect(await hub.sql`select from export_archives`).toHaveLength(1);
  await expireExports(hub.flows);
  expect(await hub.sql`select from export_archives`).toHaveLength(0);
});

test("an export whose files are about to go, or have begun to, is not tried again, and the rest of them goes", async () => {
  await using rides = await startFakeService("rides");
  await using realty = await startFakeService("realty");
  const desk = await createDesk();
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  const { operators } = desk;
  await using hub = await createTestHub({ services, config: { operators } });
  // More than go in one batch.
  const data = Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`${at}.json`, at]));
  rides.onExport = () => ({ status: 200, body: { status: "ok", data } });
  realty.onExport = () => ({ status: 400 });
  const jobId = await exportsOf(hub).start(uid);
  await hub.drain();
  const retry = async () => {
    const path = `/admin/v1/exports/${jobId}/retry`;
    const response = await desk.act(hub, path, { body: { reason: "OPS-1" } });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  const countFiles = async () => (await hub.sql`select from export_files`).length;

  await hub.passTime(7 * day);
  expect(await countFiles()).toBe(501);
  expect(await retry()).toEqual([409, "snapshot_gone"]);
  expect((await purgeFiles(hub.flows.store, jobId)).isMore).toBe(true);
  expect(await countFiles()).toBe(1);
  expect(await retry()).toEqual([409, "snapshot_gone"]);
  await expireExports(hub.flows);
  expect(await countFiles()).toBe(0);
  expect(await hub.sql`select wrapped, purge_at from exports`).toEqual([
    { wrapped: null, purge_at: null },
  ]);
});
