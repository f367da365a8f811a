import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { createLog } from "../../src/log.ts";
import { exportsOf, unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { dumpDatabase, findTraces } from "./support/traces.ts";

/** Long and distinctive, so that finding one is never an accident. */
const uid = "4071936582140759386210475918362";
const alias = "2748603259817426053987142685039";
const phone = "phone-3859714360928537164098253796140";
const requestId = "Request.export.Zq7WkX2mVb9TfJ4hRs6NyC8d";
const secrets = { uid, alias, phone, requestId };

test("tables, queue and log bear no uid, request_id, identifier or file name of an export in any form", async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLog("trace", sink);
  await using rides = await startFakeService("rides");
  await using realty = await startFakeService("realty");
  await using bad = await startFakeService("bad");
  await using identity = await startFakeService("identity");
  identity.onDelete = () => ({
    status: 200,
    body: {
      yandex_uids: [
        { uid, is_portal: true },
        { uid: alias, is_portal: false },
      ],
      phone_ids: [phone],
      complete: true,
    },
  });
  await using hub = await createTestHub({
    services: [rides, realty, bad].map((service) => [service, { export: true }] as const),
    config: { identity: { url: identity.url, client: "identity", timeoutMs: 5_000 } },
    overrides: { log },
  });
  Object.assign(hub, { app: createApp({ ...hub.context.http, log }) });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
  realty.onExport = () => ({
    status: 200,
    body: { status: "ok", data: { [`${uid}.json`]: { uid }, [`../${alias}`]: 1 } },
  });
  bad.onExport = () => ({ status: 409, body: { code: "delete_denied", reason: `of_${uid}` } });
  const jobId = await exports.start(uid, requestId);
  await hub.drain();
  expect(identity.calls).toHaveLength(1);
  const upload = await exports.upload(rides, jobId, `history of ${alias}`, `rides of ${uid}`);
  expect(upload.status).toBe(200);
  await exports.upload(rides, jobId, `..%2F${uid}`, "x");
  await exports.upload(rides, jobId, phone, "x", { "content-digest": `sha-256=:${phone}:` });
  const report = { yandex_uid: alias, job_id: jobId };
  const error = { code: `of_${alias}`, message: phone };
  await exports.report(rides, { ...report, state: "export_failed", error });
  await exports.report(rides, { ...report, state: "exported", files: [{ name: phone }] });
  expect((await exports.report(rides, { ...report, state: "exported" })).status).toBe(200);
  const open = await dumpDatabase(hub.sql);
  await hub.drain();
  const path = await exports.link(uid, jobId);
  const zip = await unzip(await (await hub.app.request(path)).arrayBuffer());
  expect([...zip.keys()]).toEqual(expect.arrayContaining([`rides/history of ${alias}`]));
  expect((await hub.app.request(`${path}x`)).status).toBe(404);
  const closed = await dumpDatabase(hub.sql);
  for (const text of [open, closed, lines.join("")]) {
    expect(text).toContain(jobId);
    expect(findTraces(text, secrets)).toEqual([]);
  }
});
