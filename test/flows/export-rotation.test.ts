import { expect, test } from "vitest";
import { rotateSecret } from "../../src/flows/rotate-secret.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { createApp } from "../../src/http/app.ts";
import { readKeyUse } from "../../src/store/key-use.ts";
import type { DerivedKeys } from "../../src/store/keys.ts";
import { exportsOf, unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { newKeys, startKeyed } from "../support/keyed-process.ts";

const uid = "4001";

function processWith(hub: TestHub, ...all: [DerivedKeys, ...DerivedKeys[]]) {
  const { flows, drain } = startKeyed(hub, ...all);
  const app = createApp({ ...hub.context.http, flows });
  return { flows, drain, exports: exportsOf({ app, portal: hub.portal }) };
}

test("an export goes on and is found through a rotation of the secret, to the end of the old one", async () => {
  await using rides = await startFakeService("rides");
  await using hub = await createTestHub({ services: [[rides, { export: true }]] });
  const [old, fresh] = [newKeys(), newKeys()];
  const before = processWith(hub, old);
  const rotated = processWith(hub, fresh, old);
  const after = processWith(hub, fresh);
  rides.onExport = () => ({ status: 202 });
  const jobId = await before.exports.start(uid, "r1");
  await before.drain();
  expect((await before.exports.upload(rides, jobId, "a", "first")).status).toBe(200);

  // One that knows both finds it all, and lets nobody begin another.
  expect(await rotated.exports.start(uid, "r1")).toBe(jobId);
  expect(await rotated.exports.start(uid, "r2")).toBe(jobId);
  expect((await rotated.exports.upload(rides, jobId, "a", "second")).status).toBe(200);
  // One that knows only the new secret says that it cannot, and spoils nothing.
  expect((await after.exports.upload(rides, jobId, "a", "third")).status).toBe(503);

  await rotateSecret(rotated.flows);
  const [, ofOld] = await readKeyUse(hub.flows.store, rotated.flows.keyring);
  expect(ofOld).toMatchObject({ rows: {}, snapshots: 0 });
  expect(await after.exports.start(uid, "r1")).toBe(jobId);
  expect((await after.exports.upload(rides, jobId, "b", "new")).status).toBe(200);
  const report = { yandex_uid: uid, job_id: jobId, state: "exported", files: [{ name: "a" }] };
  expect((await after.exports.report(rides, report)).status).toBe(200);
  await after.drain();
  const path = await after.exports.link(uid, jobId);
  const app = createApp({ ...hub.context.http, flows: after.flows });
  const files = await unzip(await (await app.request(path)).arrayBuffer());
  expect(files.get("rides/a")?.toString()).toBe("second");
  expect(files.get("rides/b")?.toString()).toBe("new");
});

test("an export whose secret is lost calls nobody any more, and ends in time with what was given", async () => {
  await using rides = await startFakeService("rides");
  await using realty = await startFakeService("realty");
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  await using hub = await createTestHub({ services });
  const before = processWith(hub, newKeys());
  const after = processWith(hub, newKeys());
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": 1 } } });
  realty.onExport = () => ({ status: 202 });
  const jobId = await before.exports.start(uid, "r1");
  await before.drain();
  const read = async () => {
    const parts =
      await hub.sql`select service, state, error_code from export_parts order by service`;
    const [row] = await hub.sql`select state, error_code from exports where id = ${jobId}`;
    return { ...row, parts: [...parts] };
  };
  const pass = async (hours: number) => {
    await hub.passTime(hours * 3_600_000);
    await sweep(after.flows);
    await after.drain();
  };
  await pass(71);
  expect(await read()).toMatchObject({
    state: null,
    parts: [{ service: "realty", state: "accepted" }, { service: "rides" }],
  });
  await pass(1);
  expect(await read()).toMatchObject({
    state: null,
    parts: [
      { service: "realty", state: "export_failed", error_code: "deadline_passed" },
      { service: "rides", state: "exported" },
    ],
  });
  await pass(71);
  expect(await read()).toMatchObject({ state: null, error_code: null });
  await pass(1);
  expect(await read()).toMatchObject({ state: "failed", error_code: "secret_missing" });
  expect([...rides.exports(), ...realty.exports()]).toHaveLength(2);
});
