import { expect, test } from "vitest";
import { readExports } from "../../src/store/exports/read.ts";
import { exportsOf } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";

const uid = "4001";

test("an export is shown with its parts as they were at one moment, though it ends while it is read", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
  const jobId = await exports.start(uid);
  await hub.drain();
  await exports.upload(rides, jobId, "a", "x");
  const ended = Promise.withResolvers<void>();
  // One connection that is slow to be had: what reads the export's own row.
  const sql = new Proxy(hub.sql, {
    apply(target, self, [text, ...values]) {
      const query = Reflect.apply(target, self, [text, ...values]);
      return /from exports\b/.test(String(text)) ? ended.promise.then(() => query) : query;
    },
  });
  const reading = readExports(sql, [jobId]);
  await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "exported" });
  await hub.drain();
  ended.resolve();
  expect(await reading).toMatchObject([
    { state: "ready", parts: [{ service: "rides", state: "exported", files: 1, bytes: 1 }] },
  ]);
});
