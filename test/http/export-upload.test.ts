import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BlobError } from "../../src/blobs/blob-store.ts";
import { createApp } from "../../src/http/app.ts";
import { type ListeningServer, listen } from "../../src/http/server.ts";
import { exportsOf, sha256, unzip } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

let rides: FakeService;
let other: FakeService;
let hub: TestHub;
let server: ListeningServer;
let exports: ReturnType<typeof exportsOf>;
let jobId: string;
let uid: string;
let users = 5_000;
let mostByDefault: number;
/** What the store of blobs is to do; undefined: what it does. */
let failing: BlobError | undefined;

beforeAll(async () => {
  rides = await startFakeService("rides");
  other = await startFakeService("other");
  hub = await createTestHub({
    services: [
      [rides, { export: true }],
      [other, { export: true }],
    ],
  });
  mostByDefault = hub.flows.rules.mostUploadBytes;
  Object.assign(hub.flows.rules, { mostUploadBytes: 1 << 20 });
  const { put } = hub.flows.blobs;
  hub.flows.blobs.put = async (...args) => {
    if (failing) throw failing;
    return await put(...args);
  };
  server = await listen(createApp(hub.context.http), { host: "127.0.0.1", port: 0 });
  exports = exportsOf(hub);
  rides.onExport = () => ({ status: 202 });
  other.onExport = () => ({ status: 202 });
});
afterAll(async () => {
  await server.close();
  await hub[Symbol.asyncDispose]();
  await rides[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
beforeEach(async () => {
  failing = undefined;
  uid = String(users++);
  jobId = await exports.start(uid);
  await hub.drain();
});

/** Sends over a real connection. */
async function put(
  name: string,
  body: BodyOf,
  headers: Record<string, string> = {},
  job = jobId,
): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`${server.address}/takeout/exports/${job}/files/${name}`, {
    method: "PUT",
    headers: { "x-ya-service-ticket": await rides.client.serviceTicket(), ...headers },
    body,
    duplex: "half",
  } as RequestInit);
  return [response.status, (await response.json()) as Record<string, unknown>];
}
type BodyOf = NonNullable<RequestInit["body"]>;

const report = (body: Record<string, unknown>) =>
  exports.report(rides, { yandex_uid: uid, job_id: jobId, ...body });

/** What is stored of the part. */
async function part() {
  const [row] = await hub.sql<{ state: string; files: number; bytes: string }[]>`
    select state, files, bytes from export_parts where export_id = ${jobId} and service = 'rides'`;
  const [files] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from export_files where export_id = ${jobId} and service = 'rides'`;
  return { state: row?.state, files: row?.files, bytes: Number(row?.bytes), rows: files?.count };
}

/** Blobs in the store, and what is on its way there. */
async function countBlobs(): Promise<number> {
  const entries = await readdir(hub.blobs, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

async function archive(): Promise<Map<string, Buffer>> {
  await exports.report(other, { yandex_uid: uid, job_id: jobId, state: "no_data" });
  await hub.drain();
  const response = await hub.app.request(await exports.link(uid, jobId));
  return await unzip(await response.arrayBuffer());
}

describe("an upload", () => {
  test("is kept with its size and digest, and comes into the archive", async () => {
    const body = randomBytes(300_000);
    expect(await put("history.bin", body)).toEqual([200, { bytes: 300_000, sha256: sha256(body) }]);
    expect(await put("empty", "")).toEqual([200, { bytes: 0, sha256: sha256("") }]);
    expect(await part()).toEqual({ state: "accepted", files: 2, bytes: 300_000, rows: 2 });
    const files = [{ name: "history.bin", sha256: sha256(body) }, { name: "empty" }];
    expect((await report({ state: "exported", files })).status).toBe(200);
    const zip = await archive();
    expect(zip.get("rides/history.bin")?.equals(body)).toBe(true);
    expect(zip.get("rides/empty")?.length).toBe(0);
  });

  test("of the same name replaces what was there, until the part is closed", async () => {
    await put("a.json", "first");
    expect(await put("a.json", "second")).toMatchObject([200, { bytes: 6 }]);
    expect(await part()).toMatchObject({ files: 1, bytes: 6, rows: 1 });
    await report({ state: "exported" });
    expect(await put("a.json", "third")).toMatchObject([409, { code: "part_closed" }]);
    expect(await put("b.json", "third")).toMatchObject([409, { code: "part_closed" }]);
    expect((await archive()).get("rides/a.json")?.toString()).toBe("second");
    expect(await put("a.json", "fourth")).toMatchObject([409, { code: "part_closed" }]);
  });

  test("is checked against the digest that is sent with it", async () => {
    const digestOf = (body: string) => createHash("sha256").update(body).digest("base64");
    const before = await countBlobs();
    const wrong = { "content-digest": `sha-256=:${digestOf("other")}:` };
    expect(await put("a", "body", wrong)).toMatchObject([400, { code: "digest_mismatch" }]);
    expect(await part()).toMatchObject({ files: 0, rows: 0 });
    expect(await countBlobs()).toBe(before);
    for (const header of ["sha-256=:x:", "sha-256=", `sha-256="${digestOf("body")}"`, "sha-256"]) {
      const sent = { "content-digest": header };
      expect(await put("a", "body", sent)).toMatchObject([400, { code: "bad_request" }]);
    }
    for (const header of [
      `sha-256=:${digestOf("body")}:`,
      `sha-512=:xx:, sha-256=:${digestOf("body")}:;a=1`,
      "md5=:AAAA:",
    ]) {
      expect(await put("a", "body", { "content-digest": header })).toMatchObject([200, {}]);
    }
  });

  test("of a part of a file is refused: it is not joined to what came before", async () => {
    await put("a", "whole");
    const rest = { "content-range": "bytes 2-4/5" };
    expect(await put("a", "ole", rest)).toMatchObject([400, { code: "bad_request" }]);
    expect(await part()).toMatchObject({ files: 1, bytes: 5, rows: 1 });
    const files = [{ name: "a", sha256: sha256("whole") }];
    expect((await report({ state: "exported", files })).status).toBe(200);
  });

  test.each([
    ["..%2Fpasswd"],
    ["a%2Fb"],
    ["a%5Cb"],
    ["..%5C..%5Cx"],
    ["%2e%2e%2fx"],
    ["a..b"],
    ["a%00b"],
    ["a%0Ab"],
    ["a%7Fb"],
    ["%C2%85"],
    ["%E2%80%A8"],
    ["%ff"],
    ["%E0%A4"],
    ["a%zz"],
    ["x".repeat(256)],
    [encodeURIComponent("ж".repeat(128))],
  ])("to the name %s is refused, and nothing is kept", async (name) => {
    const before = await countBlobs();
    expect(await put(name, "body")).toMatchObject([400, { code: "filename_invalid" }]);
    expect(await part()).toMatchObject({ files: 0, rows: 0 });
    expect(await countBlobs()).toBe(before);
  });

  test.each([
    ["x".repeat(255)],
    [encodeURIComponent("ж".repeat(127))],
    ["Мои поездки 2024 🚲.jsonl"],
    [".hidden"],
    ["a%2525b"],
    ["%25"],
    ["a?b=1".replace("?", "%3F")],
  ])("to the name %s is kept under it", async (name) => {
    expect(await put(name, "body")).toMatchObject([200, {}]);
    const files = [{ name: decodeURIComponent(name) }];
    expect((await report({ state: "exported", files })).status).toBe(200);
  });

  test("cut in the middle leaves nothing, and the hub goes on", async () => {
    await put("a", "whole");
    const before = await countBlobs();
    const cut = await begin("a", { "content-length": "1000000" });
    cut.write(randomBytes(500_000));
    await until(async () => (await countBlobs()) > before);
    cut.destroy();
    await until(async () => (await countBlobs()) === before);
    expect(await part()).toMatchObject({ files: 1, bytes: 5, rows: 1 });
    expect(await put("a", "again")).toMatchObject([200, {}]);
  });

  test("that stands still is given up, and told so", async () => {
    const { rules } = hub.flows;
    const before = rules.uploadStillMs;
    Object.assign(rules, { uploadStillMs: 300 });
    const still = await begin("a", { "transfer-encoding": "chunked" });
    const answered = new Promise<IncomingMessage>((resolve) => still.once("response", resolve));
    still.write("some of it");
    const response = await answered;
    expect(response.statusCode).toBe(408);
    still.destroy();
    await until(async () => (await part()).rows === 0);
    Object.assign(rules, { uploadStillMs: before });
  });

  test("larger than allowed is refused, whether it says so or not", async () => {
    expect(mostByDefault).toBe(5 * 1024 ** 3);
    const before = await countBlobs();
    const said = await begin("a", { "content-length": String((1 << 20) + 1) });
    const answered = new Promise<IncomingMessage>((resolve) => said.once("response", resolve));
    said.flushHeaders();
    expect((await answered).statusCode).toBe(413);
    said.destroy();
    const unsaid = ReadableStream.from(
      (function* () {
        for (let at = 0; at < 17; at += 1) yield randomBytes(64 << 10);
      })(),
    );
    const refused = await put("a", unsaid as unknown as BodyOf).catch(() => "cut");
    if (refused !== "cut") expect(refused).toMatchObject([413, { code: "body_too_large" }]);
    expect(await part()).toMatchObject({ files: 0, rows: 0 });
    await until(async () => (await countBlobs()) === before);
    expect(await put("a", randomBytes(1 << 20))).toMatchObject([200, { bytes: 1 << 20 }]);
  });

  test("of two at once with one name, one wins whole", async () => {
    const bodies = Array.from({ length: 6 }, () => randomBytes(200_000));
    const answers = await Promise.all(bodies.map((body) => put("a", body)));
    expect(answers.map(([status]) => status)).toEqual(Array(6).fill(200));
    expect(await part()).toMatchObject({ files: 1, bytes: 200_000, rows: 1 });
    await report({ state: "exported" });
    const kept = (await archive()).get("rides/a");
    expect(bodies.some((body) => kept?.equals(body))).toBe(true);
    const [{ count } = { count: -1 }] = await hub.sql<{ count: number }[]>`
      select count(*)::int as count from export_files where export_id = ${jobId}`;
    expect(count).toBeLessThanOrEqual(1);
  });

  test("into a full store is 507 and keeps nothing; into one that is away 503", async () => {
    failing = new BlobError("full");
    expect(await put("a", "body")).toMatchObject([507, { code: "storage_full" }]);
    failing = new BlobError("unavailable");
    expect(await put("a", "body")).toMatchObject([503, { code: "unavailable" }]);
    failing = undefined;
    expect(await part()).toMatchObject({ files: 0, rows: 0 });
    expect(await put("a", "body")).toMatchObject([200, {}]);
  });

  test("beyond the 10,000th file is refused; replacing one of them is not", async () => {
    await put("a", "body");
    await hub.sql`update export_parts set files = 10000 where export_id = ${jobId}`;
    expect(await put("b", "body")).toMatchObject([409, { code: "too_many_files" }]);
    expect(await put("a", "other")).toMatchObject([200, {}]);
  });
});

describe("nobody awaits files", () => {
  test("of a job that is not there, of another service's, or before the call", async () => {
    expect(await put("a", "x", {}, randomUUID())).toMatchObject([404, { code: "not_found" }]);
    expect(await put("a", "x", {}, "1")).toMatchObject([404, { code: "not_found" }]);
    const early = await exports.start("4999");
    expect(await put("a", "x", {}, early)).toMatchObject([404, { code: "not_found" }]);
    const own = await hub.app.request(`/takeout/exports/${jobId}/files/a`, {
      method: "PUT",
      headers: { "x-ya-service-ticket": await hub.portal.serviceTicket() },
      body: "x",
    });
    expect(own.status).toBe(403);
  });

  test("but from the call on they are taken, whatever the hub heard of it", async () => {
    await hub.sql`update export_parts set state = 'due', failures = 1 where export_id = ${jobId}`;
    expect(await put("a", "x")).toMatchObject([200, {}]);
    await hub.sql`update export_parts set state = 'calling' where export_id = ${jobId}`;
    expect(await put("b", "x")).toMatchObject([200, {}]);
  });
});

async function begin(name: string, headers: Record<string, string>): Promise<ClientRequest> {
  const ticket = await rides.client.serviceTicket();
  const url = `${server.address}/takeout/exports/${jobId}/files/${name}`;
  const sent = httpRequest(url, {
    method: "PUT",
    headers: { "x-ya-service-ticket": ticket, ...headers },
  });
  sent.on("error", () => {});
  return sent;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 3_000) throw new Error("it does not come to pass");
    await pause(20);
  }
}
