import { expect, test } from "vitest";
import { readGauges } from "../../src/flows/read-gauges.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { exportsOf } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

const patienceMs = 60_000;

test("a worker says which queues it works, so that one that nobody works is seen", async () => {
  await using hub = await createTestHub({ services: [] });
  const worker = startWorker(hub.flows, {
    databaseUrl: hub.databaseUrl,
    livenessDatabaseUrl: hub.databaseUrl,
    concurrency: { export: 1 },
  });
  try {
    await until("it to live", () => worker.isProven());
    const { workers } = await readGauges(hub.flows);
    expect(new Map(workers.map(({ queue, count }) => [queue, count]))).toEqual(
      new Map([
        ["delete", 0],
        ["export", 1],
      ]),
    );
  } finally {
    await worker.stop();
  }
});

test("no more archives are built at once than export.concurrency, and deletions go on meanwhile", async () => {
  await using rides = await startFakeService("rides");
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": 1 } } });
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const { blobs } = hub.flows;
  const { put } = blobs;
  const mayBuild = Promise.withResolvers<void>();
  const building = { now: 0, most: 0 };
  blobs.put = async (key, body, options) => {
    if (!key.startsWith("archive/")) return await put(key, body, options);
    building.now += 1;
    building.most = Math.max(building.most, building.now);
    await mayBuild.promise;
    return await put(key, body, options).finally(() => {
      building.now -= 1;
    });
  };
  const exports = exportsOf(hub);
  for (const uid of ["4001", "4002", "4003", "4004"]) await exports.start(uid);
  const worker = startWorker(hub.flows, {
    databaseUrl: hub.databaseUrl,
    livenessDatabaseUrl: hub.databaseUrl,
    concurrency: { delete: 1, export: 2 },
  });
  try {
    await until("builds, as many as there may be", () => building.now === 2, patienceMs);
    expect((await hub.remove("4005", "r", ["1"])).status).toBe(200);
    await until("the deletion", () => rides.deletes().length > 0, patienceMs);
    expect(building.now).toBe(2);
    mayBuild.resolve();
    const isAllClosed = async () =>
      (await hub.sql`select from exports where closed_at is null`).length === 0;
    await until("all to end", isAllClosed, patienceMs);
  } finally {
    mayBuild.resolve();
    await worker.stop();
  }
  expect(building.most).toBe(2);
  expect(await hub.sql`select distinct state from exports`).toEqual([{ state: "ready" }]);
});
