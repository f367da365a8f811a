import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CopyStorage, createStorage } from "../../examples/portal/copies/storage.ts";
import { type FakeHub, startFakeHub } from "../sdk/fake-hub.ts";
import { until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";
import { startPortal, type TestPortal } from "./support/portal.ts";

const job = "0197d3a2-7c1e-7aaa-8bbb-00000000000f";
let hub: FakeHub;
let portal: TestPortal;
let folder: string;
let storage: CopyStorage;

beforeAll(async () => {
  hub = await startFakeHub();
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout storage "));
  storage = createStorage(folder);
  portal = await startPortal({ hubUrl: hub.url, storage: folder });
  return async () => {
    await portal[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
});

const digestOf = (body: string) =>
  `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

/** Calls as the hub would, or as somebody with other headers. */
async function call(method: string, path: string, body?: string, headers: object = {}) {
  return await fetch(`${portal.url}/v1/takeout/exports/${path}`, {
    method,
    headers: {
      "x-ya-service-ticket": await hub.client.serviceTicket("passport"),
      ...(body !== undefined && { "content-digest": digestOf(body) }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

const put = (path: string, body: string, headers: object = {}) =>
  call("PUT", `${job}/files/${path}`, body, headers);

/** Everything on the disk, by name. */
async function listDisk(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test("a copy can be seen when its user was notified, and any step may come twice", async () => {
  for (let times = 0; times < 2; times += 1) {
    expect((await put("rides/a%20b.json", "one")).status).toBe(204);
    expect((await put("realty/a%20b.json", `two ${times}`)).status).toBe(204);
    const done = JSON.stringify({ state: "ready", services: [], missing: [] });
    const json = { "content-type": "application/json" };
    expect((await call("POST", `${job}/done`, done, json)).status).toBe(204);
    if (times === 0) expect(await storage.list(job)).toBe(null);
    expect((await call("POST", `${job}/notify`)).status).toBe(204);
  }
  const files = await storage.list(job);
  expect(files).toMatchObject([
    { service: "realty", name: "a b.json", bytes: 5 },
    { service: "rides", name: "a b.json", bytes: 3 },
  ]);
  const read = await storage.read(job, files?.[0]?.id ?? "");
  expect(await new Response(read?.body).text()).toBe("two 1");
});

test("who is not the hub is refused before anything is looked at", async () => {
  const stranger = await createClient("takeout");
  const other = await createClient("realty");
  const refused = [
    ["", "service_ticket_invalid"],
    ["a.b.c", "service_ticket_invalid"],
    [await stranger.serviceTicket("passport"), "service_ticket_invalid"],
    [await other.serviceTicket("passport"), "service_ticket_invalid"],
    [await hub.client.serviceTicket("realty"), "service_ticket_invalid"],
    [await hub.client.userTicket("4001", "passport"), "service_ticket_invalid"],
  ];
  for (const [ticket = "", code] of refused) {
    for (const path of [`${job}/files/realty/a`, "no-job/files/realty/a"]) {
      const headers = { "content-digest": digestOf("x"), "x-ya-service-ticket": ticket };
      const answer = await call("PUT", path, "x", headers);
      expect([answer.status, await answer.json()]).toMatchObject([401, { code, status: 401 }]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
  }
  expect(await listDisk()).toEqual([]);
});

test("other bytes than the digest promises, and names that are none, leave nothing behind", async () => {
  expect((await put("realty/a", "x", { "content-digest": digestOf("y") })).status).toBe(400);
  expect((await put("realty/a", "x", { "content-digest": "md5=:eA==:" })).status).toBe(400);
  expect((await put(`realty/${"n".repeat(256)}`, "x")).status).toBe(400);
  expect((await put("Re..alty/a", "x")).status).toBe(400);
  expect((await call("PUT", "..%2f..%2fetc/files/realty/a", "x")).status).toBe(404);
  expect((await listDisk()).filter((name) => !name.endsWith(".part"))).toEqual([]);
  expect(await listDisk()).toEqual([]);
});

test("no name reaches the disk, whatever it is", async () => {
  expect((await put("realty/..%2f..%2fowned", "x")).status).toBe(204);
  expect(await listDisk()).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}\.data$/),
    expect.stringMatching(/^[0-9a-f]{64}\.json$/),
  ]);
});

test("a file that is cut off in the middle is not kept", async () => {
  const ticket = await hub.client.serviceTicket("passport");
  const cut = request(`${portal.url}/v1/takeout/exports/${job}/files/realty/a`, {
    method: "PUT",
    headers: {
      "x-ya-service-ticket": ticket,
      "content-digest": digestOf("whole"),
      "content-length": "1000000",
    },
  });
  cut.on("error", () => {});
  cut.write("wh");
  await until("a part on the disk", async () =>
    (await listDisk()).some((name) => name.endsWith(".part")),
  );
  cut.destroy();
  await until("nothing on the disk", async () => (await listDisk()).length === 0);
});

test("one larger than 5 GiB is refused by its length", async () => {
  const ticket = await hub.client.serviceTicket("passport");
  const status = await new Promise((done) => {
    const large = request(`${portal.url}/v1/takeout/exports/${job}/files/realty/a`, {
      method: "PUT",
      headers: {
        "x-ya-service-ticket": ticket,
        "content-digest": digestOf("x"),
        "content-length": `${5 * 1024 ** 3 + 1}`,
      },
    });
    large.on("error", () => {});
    large.on("response", (answer) => {
      done(answer.statusCode);
      large.destroy();
    });
    large.write("x");
  });
  expect(status).toBe(413);
});
