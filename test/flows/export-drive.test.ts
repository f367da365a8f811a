import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { driveExport } from "../../src/flows/export/drive-export.ts";
import { unparkExports } from "../../src/flows/export/unpark-exports.ts";
import { learnServices } from "../../src/flows/learn-services.ts";
import { resumeWork } from "../../src/flows/resume-work.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { exportsOf, unzip } from "../support/exports.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../support/hub.ts";

const uid = "4001";
const hour = 3_600_000;
const some = { status: 200, body: { status: "ok", data: { "a.json": 1 } } };

interface Stage extends AsyncDisposable {
  readonly hub: TestHub;
  readonly rides: FakeService;
  readonly exports: ReturnType<typeof exportsOf>;
}

async function setStage(overrides: ServiceOverrides = {}): Promise<Stage> {
  const rides = await startFakeService("rides");
  return await stageOf({ rides }, overrides);
}

/** `rides` reports some day, beside a service that answers with its files. */
async function setStageBesideQuick(): Promise<Stage> {
  const quick = await startFakeService("quick");
  const rides = await startFakeService("rides");
  quick.onExport = () => some;
  rides.onExport = () => ({ status: 202 });
  return await stageOf({ quick, rides });
}

async function stageOf(
  started: { readonly rides: FakeService; readonly quick?: FakeService },
  overrides: ServiceOverrides = {},
): Promise<Stage> {
  const services = Object.values(started);
  const hub = await createTestHub({
    services: services.map((service) => [service, { export: true, ...overrides }]),
  });
  return {
    hub,
    rides: started.rides,
    exports: exportsOf(hub),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
    },
  };
}

async function manifestOf({ hub, exports }: Stage, jobId: string): Promise<unknown> {
  const response = await hub.app.request(await exports.link(uid, jobId));
  const files = await unzip(await response.arrayBuffer());
  return JSON.parse(String(files.get("manifest.json")));
}

describe("an answer of the service", () => {
  test.each<[string, Answer, string]>([
    ["nothing", { status: 200, body: { status: "no_data" } }, "no_data"],
    ["no files", { status: 200, body: { status: "ok", data: {} } }, "no_data"],
    ["files", some, "exported"],
    ["a promise", { status: 202 }, "accepted"],
    [
      "a refusal",
      { status: 409, body: { code: "delete_denied", reason: "debt" } },
      "export_failed",
    ],
    ["another refusal", { status: 409 }, "export_failed"],
    ["a redirect", { status: 302, headers: { location: "/x" } }, "export_failed"],
    ["not found", { status: 404 }, "export_failed"],
    ["too much", { status: 200, body: "x".repeat((1 << 20) + 1) }, "export_failed"],
    ["a fault", { status: 500 }, "due"],
    ["too often", { status: 429, headers: { "retry-after": "60" } }, "due"],
    ["no JSON", { status: 200, body: "<html>" }, "due"],
    ["another shape", { status: 200, body: { status: "done" } }, "due"],
    ["an empty body", { status: 200 }, "due"],
    [
      "deep nests",
      {
        status: 200,
        body: `{"status":"ok","data":{"a":${"[".repeat(400_000)}${"]".repeat(400_000)}}}`,
      },
      "due",
    ],
    ["another 2xx", { status: 204 }, "due"],
  ])("%s", async (_what, answer, state) => {
    await using stage = await setStage({ backoff: { firstMs: hour, maxMs: hour } });
    const { hub, rides, exports } = stage;
    rides.onExport = () => answer;
    const jobId = await exports.start(uid);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      parts: [{ service: "rides", state }],
    });
    expect(rides.exports()).toHaveLength(1);
  });

  test("with a bad name among the good leaves that file out, and the manifest says so", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    const data = { "../../etc/passwd": "x", "good.json": { a: 1 }, "": 2 };
    rides.onExport = () => ({ status: 200, body: { status: "ok", data } });
    const jobId = await exports.start(uid);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "ready",
      parts: [{ state: "exported", files: 1, error: { code: "filename_invalid" } }],
    });
    const response = await hub.app.request(await exports.link(uid, jobId));
    const files = await unzip(await response.arrayBuffer());
    expect([...files.keys()].filter((name) => name.includes("/"))).toEqual(["rides/good.json"]);
    expect(JSON.parse(String(files.get("manifest.json"))).missing).toEqual([
      { service: "rides", reason: "filename_invalid" },
    ]);
  });
});

describe("a service that fails", () => {
  test("is called again with backoff, as often as is configured, and then has failed", async () => {
    await using stage = await setStage({ attempts: 3, backoff: { firstMs: hour, maxMs: hour } });
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 503 });
    const jobId = await exports.start(uid);
    for (let calls = 1; calls <= 3; calls += 1) {
      await hub.drain();
      expect(rides.exports()).toHaveLength(calls);
      await hub.passTime(hour + 15_000);
      await sweep(hub.flows);
    }
    await hub.drain();
    expect(rides.exports()).toHaveLength(3);
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "failed",
      parts: [{ state: "export_failed", error: { code: "http_503" } }],
    });
  });

  test("and succeeds in the end gives its share", async () => {
    await using stage = await setStage({ backoff: { firstMs: 1, maxMs: 1 } });
    const { hub, rides, exports } = stage;
    rides.onExport = () => (rides.exports().length < 3 ? { status: 500 } : some);
    const jobId = await exports.start(uid);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
    const bodies = rides.exports().map(({ body }) => body);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test("costs the deletions of the same service nothing", async () => {
    await using stage = await setStage({ backoff: { firstMs: 1, maxMs: 1 }, attempts: 30 });
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 500 });
    for (let user = 0; user < 8; user += 1) await exports.start(`50${user}`);
    await hub.drain();
    await learnServices(hub.flows);
    expect(rides.exports()).toHaveLength(240);
    expect(hub.flows.gates.access("rides")).toBe("free");
  });
});

describe("a service that promised", () => {
  test("and is silent past the deadline is named, and the rest is there", async () => {
    await using quick = await startFakeService("quick");
    await using rides = await startFakeService("rides");
    quick.onExport = () => some;
    rides.onExport = () => ({ status: 202 });
    await using hub = await createTestHub({
      services: [
        [quick, { export: true }],
        [rides, { export: true, reportWithinMs: 1_000 * hour }],
      ],
    });
    const exports = exportsOf(hub);
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "half", "some");
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "running" });
    await hub.passTime(72 * hour);
    await sweep(hub.flows);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "partial",
      parts: [
        { service: "quick", state: "exported" },
        { service: "rides", state: "export_failed", error: { code: "deadline_passed" } },
      ],
    });
    const late = await exports.upload(rides, jobId, "rest", "more");
    expect([late.status, await late.json()]).toMatchObject([409, { code: "part_closed" }]);
    const report = { yandex_uid: uid, job_id: jobId, state: "exported" };
    const reported = await exports.report(rides, report);
    expect([reported.status, await reported.json()]).toMatchObject([409, { code: "part_closed" }]);
    const response = await hub.app.request(await exports.link(uid, jobId));
    const files = [...(await unzip(await response.arrayBuffer())).keys()];
    expect(files).toContain("quick/a.json");
    expect(files.filter((name) => name.startsWith("rides"))).toEqual([]);
  });

  test("and is silent for long is called again, seldomer each time, without an attempt being counted", async () => {
    await using stage = await setStage({ reportWithinMs: hour, attempts: 2 });
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    await hub.drain();
    const calls: number[] = [];
    for (let hours = 1; hours <= 16; hours += 1) {
      await hub.passTime(hour + 15_000);
      await sweep(hub.flows);
      await hub.drain();
      calls.push(rides.exports().length);
    }
    expect(calls).toEqual([2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5]);
    expect(await exports.status(uid, jobId)).toMatchObject({ parts: [{ state: "accepted" }] });
    await exports.upload(rides, jobId, "a", "x");
    await hub.passTime(hour - 1_000);
    await sweep(hub.flows);
    await hub.drain();
    expect(rides.exports()).toHaveLength(5);
  });

  test("is asked no more once it has reported, and repeats of the report change nothing", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "a", "x");
    const report = { yandex_uid: uid, job_id: jobId, state: "exported" };
    for (let times = 0; times < 3; times += 1) {
      expect((await exports.report(rides, report)).status).toBe(200);
      await hub.drain();
    }
    expect((await exports.report(rides, { ...report, state: "export_failed" })).status).toBe(200);
    expect((await exports.report(rides, { ...report, state: "no_data" })).status).toBe(409);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
    expect(rides.exports()).toHaveLength(1);
    expect(await hub.sql`select from export_archives`).toHaveLength(1);
  });

  test("and reports before its answer came has reported", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = async ({ body: { job_id, report_uid } }) => {
      await exports.upload(rides, job_id, "a", "x");
      const report = { yandex_uid: report_uid, job_id, state: "exported", files: [{ name: "a" }] };
      expect((await exports.report(rides, report)).status).toBe(200);
      return { status: 202 };
    };
    const jobId = await exports.start(uid);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
    expect(rides.exports()).toHaveLength(1);
  });
});

describe("a report", () => {
  test("that names a file which is not there, or another, is refused, and closes nothing", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "a", "x");
    const report = { yandex_uid: uid, job_id: jobId, state: "exported" };
    for (const files of [
      [{ name: "b" }],
      [{ name: "a" }, { name: "A" }],
      [{ name: "a", sha256: "0".repeat(64) }],
      [{ name: "../a" }],
    ]) {
      const response = await exports.report(rides, { ...report, files });
      expect([response.status, await response.json()]).toMatchObject([
        409,
        { code: "file_missing" },
      ]);
    }
    expect(await exports.status(uid, jobId)).toMatchObject({ parts: [{ state: "accepted" }] });
  });

  test("of what is not known says nothing of what is", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    const report = { yandex_uid: uid, job_id: jobId, state: "no_data" };
    expect((await exports.report(rides, report)).status).toBe(404); // before it was called
    await hub.drain();
    for (const change of [{ job_id: randomUUID() }, { job_id: "x" }, { yandex_uid: "4002" }]) {
      const response = await exports.report(rides, { ...report, ...change });
      expect([response.status, await response.json()]).toMatchObject([404, { code: "not_found" }]);
    }
    const foreign = await exports.report(rides, { ...report, service: "quick" });
    expect([foreign.status, await foreign.json()]).toMatchObject([
      403,
      { code: "service_mismatch" },
    ]);
    expect((await exports.report(rides, report)).status).toBe(200);
  });

  test("of a failure has it called again, unless it says that this is of no use", async () => {
    await using stage = await setStage({ backoff: { firstMs: 1, maxMs: 1 } });
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    await hub.drain();
    const failed = { yandex_uid: uid, job_id: jobId, state: "export_failed" };
    await exports.report(rides, { ...failed, error: { code: "database_locked" } });
    await hub.drain();
    expect(rides.exports()).toHaveLength(2);
    const error = { code: `of_user_${uid}` };
    await exports.report(rides, { ...failed, error, retriable: false });
    await hub.drain();
    expect(rides.exports()).toHaveLength(2);
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "failed",
      parts: [{ state: "export_failed", error: { code: "unspecified" } }],
    });
  });

  test("that all is there wins over a failure while other services are awaited", async () => {
    await using rides = await startFakeService("rides");
    await using slow = await startFakeService("slow");
    rides.onExport = () => ({ status: 202 });
    slow.onExport = () => ({ status: 202 });
    await using hub = await createTestHub({
      services: [
        [rides, { export: true }],
        [slow, { export: true }],
      ],
    });
    const exports = exportsOf(hub);
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "a", "x");
    const report = { yandex_uid: uid, job_id: jobId, state: "export_failed", retriable: false };
    await exports.report(rides, report);
    await exports.report(rides, { ...report, state: "exported" });
    await exports.report(slow, { ...report, state: "no_data" });
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  });

  test("that all is there, where nothing was uploaded, has the copy say that it lacks the service", async () => {
    await using stage = await setStageBesideQuick();
    const { hub, rides, exports } = stage;
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "exported" });
    await hub.drain();
    expect(await manifestOf(stage, jobId)).toMatchObject({
      files: [{ path: "quick/a.json" }],
      missing: [{ service: "rides", reason: "file_missing" }],
      empty: [],
    });
  });

  test("that leaves the archive without room costs the copy that service alone, and is not the copy's failure", async () => {
    await using stage = await setStageBesideQuick();
    const { hub, rides, exports } = stage;
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "a", "x");
    // As many more as leave no room for the other's one.
    await hub.sql`
      insert into export_files (export_id, service, name_hash, sealed_name, blob_key, blob_from, bytes, sha256, crc32)
      select export_id, service, gen_random_uuid(), sealed_name, blob_key, blob_from, bytes, sha256, crc32
        from export_files, generate_series(1, 49999) where service = 'rides'`;
    await hub.sql`update export_parts set files = 50000 where service = 'rides'`;
    await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "exported" });
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "partial",
      parts: [
        { service: "quick", state: "exported" },
        { service: "rides", state: "export_failed", error: { code: "too_many_files" } },
      ],
    });
    expect(await manifestOf(stage, jobId)).toMatchObject({
      files: [{ path: "quick/a.json" }],
      missing: [{ service: "rides", reason: "too_many_files" }],
    });
  });

  test("of no data drops what was uploaded", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => ({ status: 202 });
    const jobId = await exports.start(uid);
    await hub.drain();
    await exports.upload(rides, jobId, "a", "x");
    await exports.report(rides, { yandex_uid: uid, job_id: jobId, state: "no_data" });
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({
      state: "no_data",
      parts: [{ files: 0, bytes: 0 }],
    });
    expect(await hub.sql`select from export_files`).toHaveLength(0);
  });
});

describe("drives", () => {
  test("of which many run at once call a service once, and build one archive", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => some;
    const exportId = await exports.start(uid);
    await Promise.all(Array.from({ length: 6 }, () => driveExport(hub.flows, { exportId })));
    await hub.drain();
    expect(rides.exports()).toHaveLength(1);
    expect(await hub.sql`select from export_archives`).toHaveLength(1);
    await driveExport(hub.flows, { exportId });
    expect(rides.exports()).toHaveLength(1);
  });

  test("whose worker is gone are taken up at once, and the sweep finds what nobody took", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => some;
    const jobId = await exports.start(uid);
    const { store } = hub.flows;
    await hub.sql`update export_parts set state = 'calling', attempt = 1, leased_by = 'gone',
      leased_until = clock_timestamp() + interval '1 hour'`;
    await hub.sql`update exports set wake_at = clock_timestamp() - interval '1 minute'`;
    await hub.sql`delete from graphile_worker._private_jobs`;
    await sweep(hub.flows);
    await hub.drain();
    expect(rides.exports()).toHaveLength(0);
    expect(await resumeWork({ ...hub.flows, store }, { workerIds: ["gone"] })).toBe(true);
    await hub.drain();
    expect(rides.exports()).toHaveLength(1);
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });

    const second = await exports.start(uid, "r2");
    await hub.sql`delete from graphile_worker._private_jobs`;
    await hub.passTime(60_000);
    await sweep(hub.flows);
    await hub.drain();
    expect(await exports.status(uid, second)).toMatchObject({ state: "ready" });
  });

  test("park what finds no room, and it goes on in turn", async () => {
    await using stage = await setStage({ concurrency: 1 });
    const { hub, rides, exports } = stage;
    let most = 0;
    let now = 0;
    rides.onExport = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return some;
    };
    const jobs = await Promise.all(
      Array.from({ length: 5 }, (_, at) => exports.start(String(6_000 + at))),
    );
    await Promise.all(jobs.map((exportId) => driveExport(hub.flows, { exportId })));
    for (let turns = 0; turns < 10; turns += 1) {
      await unparkExports(hub.flows);
      await hub.drain();
    }
    expect(rides.exports()).toHaveLength(5);
    expect(most).toBe(1);
    expect(await hub.sql`select from exports where state = 'ready'`).toHaveLength(5);
  });

  test("call nothing of a service that is paused, or whose breaker is open, till it is let go on", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => some;
    for (const column of ["paused_at", "breaker"] as const) {
      const before = rides.exports().length;
      await hub.sql`insert into service_states (service, since) values ('rides', clock_timestamp())
        on conflict (service) do update set since = excluded.since`;
      if (column === "paused_at") await hub.sql`update service_states set paused_at = now()`;
      else await hub.sql`update service_states set breaker = 'open', paused_at = null`;
      await learnServices(hub.flows);
      const jobId = await exports.start(uid, column);
      await hub.drain();
      await unparkExports(hub.flows);
      await hub.drain();
      expect(rides.exports()).toHaveLength(before);
      await hub.sql`update service_states set breaker = 'closed', paused_at = null,
        since = clock_timestamp()`;
      await learnServices(hub.flows);
      await unparkExports(hub.flows);
      await hub.drain();
      expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
    }
  });

  test("of an export that kills its workers are put off", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    await exports.start(uid);
    await hub.sql`update exports set losses = 21`;
    await hub.drain();
    expect(rides.exports()).toHaveLength(0);
    await hub.passTime(10 * 60_000 + 20_000);
    await sweep(hub.flows);
    await hub.drain();
    expect(rides.exports()).toHaveLength(1);
  });

  test("of an archive that kills its workers end it in time, and the user may wish for another copy", async () => {
    await using stage = await setStage();
    const { hub, rides, exports } = stage;
    rides.onExport = () => some;
    const jobId = await exports.start(uid);
    await hub.sql`update export_parts set state = 'exported', closed_at = clock_timestamp()`;
    await hub.sql`update exports set step = 'build', gathered_at = clock_timestamp(), losses = 21`;
    await hub.passTime(71 * hour);
    await sweep(hub.flows);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "running" });
    await hub.sql`update exports set losses = 21`;
    await hub.passTime(hour);
    await sweep(hub.flows);
    await hub.drain();
    expect(await exports.status(uid, jobId)).toMatchObject({ state: "failed" });
    expect(await hub.sql`select error_code, step from exports`).toEqual([
      { error_code: "workers_lost", step: "build" },
    ]);
    const second = await exports.start(uid, "r2");
    expect(second).not.toBe(jobId);
    await hub.drain();
    expect(await exports.status(uid, second)).toMatchObject({ state: "ready" });
  });
});
