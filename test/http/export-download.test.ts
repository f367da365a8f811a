import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { expireExports } from "../../src/flows/export/expire-exports.ts";
import { exportsOf, sha256, unzip } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { createDesk } from "./support/desk.ts";

const uid = "4001";
const minute = 60_000;
const day = 86_400_000;

interface Stage extends AsyncDisposable {
  readonly hub: TestHub;
  readonly rides: FakeService;
  readonly realty: FakeService;
  readonly exports: ReturnType<typeof exportsOf>;
  readonly desk: Awaited<ReturnType<typeof createDesk>>;
  jobId: string;
}

/** An export that is ready, or lacks one of two services. */
async function setStage({ isPartial = false } = {}): Promise<Stage> {
  const rides = await startFakeService("rides");
  const realty = await startFakeService("realty");
  const desk = await createDesk();
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  const hub = await createTestHub({ services, config: { operators: desk.operators } });
  const exports = exportsOf(hub);
  rides.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": "a" } } });
  if (isPartial) realty.onExport = () => ({ status: 400 });
  const jobId = await exports.start(uid);
  await hub.drain();
  const parts = { hub, rides, realty, exports, desk, jobId };
  return {
    ...parts,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await rides[Symbol.asyncDispose]();
      await realty[Symbol.asyncDispose]();
    },
  };
}

async function codeOf(response: Response): Promise<[number, string | undefined]> {
  const body = (await response.json()) as { code?: string; errors?: [{ code: string }] };
  return [response.status, body.code ?? body.errors?.[0].code];
}

async function countBlobs({ blobs }: TestHub): Promise<number> {
  const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

test("the link gives the archive whole or by ranges, any number of times", async () => {
  await using stage = await setStage();
  const { hub, exports, jobId } = stage;
  const path = await exports.link(uid, jobId);
  const whole = await hub.app.request(path);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const etag = `"${sha256(bytes)}"`;
  const today = new Date().toISOString().slice(0, 10);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "application/zip",
    "content-length": String(bytes.length),
    "content-disposition": `attachment; filename="takeout-${today}.zip"`,
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    etag,
  });
  const size = bytes.length;
  const ask = async (headers: Record<string, string>) => {
    const response = await hub.app.request(path, { headers });
    return [
      response.status,
      response.headers.get("content-range"),
      await response.arrayBuffer(),
    ] as const;
  };
  for (const [range, from, to] of [
    ["bytes=0-0", 0, 0],
    ["bytes=10-19", 10, 19],
    ["bytes=10-", 10, size - 1],
    ["bytes=-7", size - 7, size - 1],
    [`bytes=-${size * 2}`, 0, size - 1],
    [`bytes=0-${size * 2}`, 0, size - 1],
  ] as const) {
    const [status, shown, body] = await ask({ range });
    expect([range, status, shown]).toEqual([range, 206, `bytes ${from}-${to}/${size}`]);
    expect(Buffer.from(body).equals(bytes.subarray(from, to + 1))).toBe(true);
  }
  for (const range of [`bytes=${size}-`, `bytes=${size}-${size + 5}`, "bytes=-0"]) {
    const [status, shown, body] = await ask({ range });
    expect([range, status, shown]).toEqual([range, 416, `bytes */${size}`]);
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      code: "range_not_satisfiable",
    });
  }
  for (const range of ["bytes=0-1,3-4", "bytes=5-4", "bytes=a-", "lines=0-1", "bytes=-", "bytes"]) {
    expect((await ask({ range }))[0]).toBe(200);
  }
  expect((await ask({ range: "bytes=0-1", "if-range": etag }))[0]).toBe(206);
  expect((await ask({ range: "bytes=0-1", "if-range": '"other"' }))[0]).toBe(200);
  for (const range of [null, "bytes=0-1", `bytes=${size}-`]) {
    const headers = range === null ? {} : { range };
    const head = await hub.app.request(path, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
      200,
      String(size),
      "",
    ]);
  }
});

test("a link works for five minutes, and nobody makes or alters one", async () => {
  await using stage = await setStage();
  const { hub, exports, jobId } = stage;
  const answer = (await (await exports.askLink(uid, jobId)).json()) as {
    data: { url: string; expires_at: string };
  };
  const left = Date.parse(answer.data.expires_at) - Date.now();
  expect(left).toBeGreaterThan(4 * minute);
  expect(left).toBeLessThanOrEqual(5 * minute + 5_000);
  const path = new URL(answer.data.url).pathname;
  const { clock } = hub.flows;
  const now = clock.now();
  clock.learn(now + 5 * minute - 10_000, Date.now(), Date.now());
  expect((await hub.app.request(path)).status).toBe(200);
  clock.learn(now + 5 * minute + 10_000, Date.now(), Date.now());
  expect(await codeOf(await hub.app.request(path))).toEqual([410, "export_expired"]);
  clock.learn(now, Date.now(), Date.now());
  const link = path.split("/").at(-1) ?? "";
  const altered = Array.from({ length: link.length }, (_, at) => {
    const letter = link[at] === "A" ? "B" : "A";
    return link.slice(0, at) + letter + link.slice(at + 1);
  });
  for (const bad of [...altered, "", "x", jobId, `${link}A`, link.slice(1), "A".repeat(51)]) {
    const response = await hub.app.request(`/takeout/archives/${bad}`);
    expect([bad, response.status]).toEqual([bad, 404]);
  }
});

test("after export.keep the archive is gone, and so is everything of it", async () => {
  await using stage = await setStage({ isPartial: true });
  const { hub, exports, desk, jobId } = stage;
  const path = await exports.link(uid, jobId);
  expect(await countBlobs(hub)).toBe(2); // the archive, and what the service gave
  await hub.passTime(7 * day - minute);
  await expireExports(hub.flows);
  expect((await hub.app.request(path)).status).toBe(200);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "partial" });
  await hub.passTime(2 * minute);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "expired" });
  await expireExports(hub.flows);
  expect(await codeOf(await hub.app.request(path))).toEqual([410, "export_expired"]);
  expect(await codeOf(await exports.askLink(uid, jobId))).toEqual([410, "export_expired"]);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "expired" });
  expect(await countBlobs(hub)).toBe(0);
  expect(await hub.sql`select from export_files`).toHaveLength(0);
  expect(await hub.sql`select sealed, wrapped, seal_key_id from exports`).toEqual([
    { sealed: null, wrapped: null, seal_key_id: null },
  ]);
  const retry = await desk.act(hub, `/admin/v1/exports/${jobId}/retry`, { body: { reason: "x" } });
  expect(await codeOf(retry)).toEqual([409, "snapshot_gone"]);
});

test("of a whole copy only the archive is kept, and nothing that names the user", async () => {
  await using stage = await setStage();
  const { hub, exports, jobId } = stage;
  await expireExports(hub.flows);
  expect(await countBlobs(hub)).toBe(1);
  expect(await hub.sql`select sealed, wrapped from exports`).toEqual([
    { sealed: null, wrapped: null },
  ]);
  expect((await hub.app.request(await exports.link(uid, jobId))).status).toBe(200);
});

test("a retry adds what was missing; the old archive can be had till the new one is there, and a download of it ends", async () => {
  await using stage = await setStage({ isPartial: true });
  const { hub, realty, exports, desk, jobId } = stage;
  const old = await exports.link(uid, jobId);
  const before = Buffer.from(await (await hub.app.request(old)).arrayBuffer());
  realty.onExport = () => ({ status: 202 });
  const path = `/admin/v1/exports/${jobId}/retry`;
  const retry = await desk.act(hub, path, { body: { reason: "mended, OPS-1" }, key: "k" });
  expect([retry.status, await retry.json()]).toMatchObject([
    202,
    {
      state: "partial",
      parts: [
        { service: "realty", state: "due" },
        { service: "rides", state: "exported" },
      ],
    },
  ]);
  const again = await desk.act(hub, path, { body: { reason: "mended, OPS-1" }, key: "k" });
  expect(again.status).toBe(202);
  await hub.drain();
  expect(realty.exports()).toHaveLength(2);
  expect(await exports.start(uid, "r2")).toBe(jobId);
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "partial" });
  const current = await exports.link(uid, jobId);
  expect(Buffer.from(await (await hub.app.request(current)).arrayBuffer()).equals(before)).toBe(
    true,
  );

  const reading = (await hub.app.request(old)).body?.getReader();
  const first = await reading?.read();
  await exports.upload(realty, jobId, "b.json", "b");
  await exports.report(realty, { yandex_uid: uid, job_id: jobId, state: "exported" });
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "ready" });
  const chunks = [first?.value ?? new Uint8Array()];
  for (let next = await reading?.read(); next && !next.done; next = await reading?.read()) {
    chunks.push(next.value);
  }
  expect(Buffer.concat(chunks).equals(before)).toBe(true);
  const rest = await hub.app.request(old, { headers: { range: "bytes=5-" } });
  expect(Buffer.from(await rest.arrayBuffer()).equals(before.subarray(5))).toBe(true);
  const after = await (await hub.app.request(await exports.link(uid, jobId))).arrayBuffer();
  const names = [...(await unzip(after)).keys()];
  expect(names).toEqual(expect.arrayContaining(["rides/a.json", "realty/b.json"]));

  expect(await hub.sql`select from export_archives`).toHaveLength(2);
  await hub.passTime(day);
  await expireExports(hub.flows);
  expect(await hub.sql`select from export_archives`).toHaveLength(1);
  expect(await countBlobs(hub)).toBe(1);
  const nothing = await desk.act(hub, path, { body: { reason: "again" } });
  expect(await codeOf(nothing)).toEqual([409, "nothing_to_retry"]);
  const trail = await hub.sql`select act, result, target from audit_events order by seq`;
  expect(trail).toEqual([
    { act: "retryExport", result: "ok", target: jobId },
    { act: "retryExport", result: "nothing_to_retry", target: jobId },
  ]);
});

test("a retry that fails leaves the copy that there is", async () => {
  await using stage = await setStage({ isPartial: true });
  const { hub, exports, desk, jobId } = stage;
  await desk.act(hub, `/admin/v1/exports/${jobId}/retry`, { body: { reason: "x" } });
  await hub.drain();
  expect(await exports.status(uid, jobId)).toMatchObject({ state: "partial" });
  expect((await hub.app.request(await exports.link(uid, jobId))).status).toBe(200);
});

test("a retry does not run beside another export of the user", async () => {
  await using stage = await setStage({ isPartial: true });
  const { hub, realty, exports, desk, jobId } = stage;
  realty.onExport = () => ({ status: 202 });
  const second = await exports.start(uid, "r2");
  expect(second).not.toBe(jobId);
  const path = `/admin/v1/exports/${jobId}/retry`;
  expect(await codeOf(await desk.act(hub, path, { body: { reason: "x" } }))).toEqual([
    409,
    "export_running",
  ]);
  const open = await desk.act(hub, `/admin/v1/exports/${second}/retry`, { body: { reason: "x" } });
  expect(await codeOf(open)).toEqual([409, "nothing_to_retry"]);
});
