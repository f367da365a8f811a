import { expect, test } from "vitest";
import type { FlowContext } from "../../src/flows/context.ts";
import { uploadFile } from "../../src/flows/export/upload-file.ts";
import { exportsOf, sha256, unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

const uid = "4001";

async function waitForLock({ sql }: TestHub): Promise<void> {
  await until("somebody to wait for the upload", async () => {
    const waiting = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return waiting.length > 0;
  });
}

/** Uploads one file by this process of the hub. */
async function upload(process: FlowContext, exportId: string, name: string, text: string) {
  const body = ReadableStream.from([Buffer.from(text)]);
  return await uploadFile(process, { exportId, service: "rides", name, body, sha256: null });
}

/** A process of the hub that has written everything of its first transaction, and commits when it is let. */
function holdCommit({ flows }: TestHub) {
  const written = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const begin = async (work: (tx: never) => Promise<unknown>) => {
    const slowly = async (tx: never) => {
      const result = await work(tx);
      written.resolve();
      await go.promise;
      return result;
    };
    return await flows.store.sql.begin(slowly as never);
  };
  const sql = new Proxy(flows.store.sql, {
    get: (target, name) => (name === "begin" ? begin : Reflect.get(target, name)),
  });
  const process: FlowContext = { ...flows, store: { ...flows.store, sql } };
  return { process, written: written.promise, commit: go.resolve };
}

test.each(["a.json", "b.json"])(
  "files that come with an answer are the service's share, though %s is just being uploaded",
  async (name) => {
    await using rides = await startFakeService("rides");
    await using hub = await createTestHub({ services: [[rides, { export: true }]] });
    const exports = exportsOf(hub);
    const { process, written, commit } = holdCommit(hub);
    let uploaded: Promise<unknown> = Promise.resolve();
    rides.onExport = async ({ body: { job_id: exportId } }) => {
      uploaded = upload(process, exportId, name, "uploaded");
      await written;
      return { status: 200, body: { status: "ok", data: { "a.json": 1 } } };
    };
    const jobId = await exports.start(uid);
    const drained = hub.drain();
    await waitForLock(hub);
    commit();
    await uploaded;
    await drained;
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "ready",
      parts: [{ state: "exported", files: 1, bytes: 1 }],
    });
    const archive = await hub.app.request(await exports.link(uid, jobId));
    const files = await unzip(await archive.arrayBuffer());
    expect([...files.keys()].filter((path) => path.startsWith("rides/"))).toEqual(["rides/a.json"]);
    expect(String(files.get("rides/a.json"))).toBe("1");
  },
);

test("a report of a file that is just being replaced is held against what replaces it", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
  const jobId = await exports.start(uid);
  await hub.drain();
  await upload(hub.flows, jobId, "a", "old");
  const { process, written, commit } = holdCommit(hub);
  const uploaded = upload(process, jobId, "a", "new");
  await written;
  const files = [{ name: "a", sha256: sha256("old") }];
  const report = { yandex_uid: uid, job_id: jobId, state: "exported", files };
  const reported = exports.report(rides, report);
  await waitForLock(hub);
  commit();
  await uploaded;
  const answer = await reported;
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: "file_missing" });
});
