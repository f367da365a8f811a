import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { createDatabase } from "../support/database.ts";
import { exportsOf, unzip } from "../support/exports.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { findFreePort } from "../support/ports.ts";
import { until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";
import { type Example, startExample } from "./support/example.ts";

// The true hub and the true service; uploads pass a door that a test can hold shut in the middle of one.

const heapMebibytes = 40;
const mebibyte = 1024 * 1024;

let started: AsyncDisposableStack;
let hub: TestHub;
let exports: ReturnType<typeof exportsOf>;
let sql: postgres.Sql;
let rides: Example;
/** What comes to the door; resolves to let it through. */
let onUpload: (request: Request) => Promise<void>;

beforeAll(async () => {
  started = new AsyncDisposableStack();
  const database = started.use(await createDatabase());
  const [port, hubPort] = [await findFreePort(), await findFreePort()];
  const hubUrl = `http://127.0.0.1:${hubPort}`;
  const client = await createClient("rides");
  const service = { name: "rides", url: `http://127.0.0.1:${port}`, client };
  hub = started.use(
    await createTestHub({
      categories: ["8"],
      services: [[service, { export: true }]],
      config: { hub: { client: "takeout", publicUrl: hubUrl } },
    }),
  );
  exports = exportsOf(hub);
  const door = new Hono();
  door.put("/takeout/exports/*", async (c) => {
    await onUpload(c.req.raw);
    return await hub.app.fetch(c.req.raw, c.env);
  });
  door.all("*", (c) => hub.app.fetch(c.req.raw, c.env));
  const server = await listen(door, { host: "127.0.0.1", port: hubPort });
  started.defer(() => server.close());
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --max-old-space-size=${heapMebibytes}`;
  rides = started.use(
    await startExample({
      ...service,
      port,
      databaseUrl: database.url,
      hubUrl,
      env: { NODE_OPTIONS },
    }),
  );
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
  started.defer(() => sql.end());
});
afterAll(() => started.disposeAsync());
beforeEach(() => {
  onUpload = async () => {};
});

/** A history of so many rides, of a few hundred bytes each. */
async function ride(uid: string, count: number): Promise<void> {
  await sql`
    insert into rides.rides (uid, route, cents, created_at)
      select ${uid}, n || repeat(' and on', 25), n, clock_timestamp() - n * interval '1 minute'
        from generate_series(1, ${count}) as n`;
}

interface Ride {
  at: string;
  route: string;
  price: number;
  ordered: string;
}

/** Waits for the end of an export, and gives what is in its archive. */
async function collected(uid: string, jobId: string) {
  await until(
    "the end of the export",
    async () => {
      await hub.drain();
      const [open] = await hub.sql`
        select from exports where id = ${jobId} and closed_at is null`;
      return open === undefined;
    },
    240_000,
  );
  const { state } = await exports.status(uid, jobId);
  const zip = state === "ready" && (await hub.app.request(await exports.link(uid, jobId)));
  const archive = zip ? await unzip(await zip.arrayBuffer()) : new Map<string, Buffer>();
  const read = (name: string) => JSON.parse(archive.get(`rides/${name}`)?.toString() ?? "null");
  return { state, names: [...archive.keys()], read, page: archive.get("index.html")?.toString() };
}

test("a history that is larger than its memory is exported whole, by a process that lives on", async () => {
  const [uid, count] = ["74001", 200_000];
  await ride(uid, count);
  const { pid } = rides.process().child;
  const idle = await peakBytes(pid);
  const { state, read, page } = await collected(uid, await exports.start(uid));
  expect(state).toBe("ready");
  const history: Ride[] = read("rides.json");
  expect(JSON.stringify(history).length).toBeGreaterThan(heapMebibytes * mebibyte);
  expect(history.map(({ price }) => price)).toEqual(
    Array.from({ length: count }, (_, index) => (index + 1) / 100),
  );
  expect(history[0]).toEqual({
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    route: `1${" and on".repeat(25)}`,
    price: 0.01,
    ordered: "on the website",
  });
  expect(page).toContain("rides.json");
  expect(rides.process().child.exitCode).toBe(null);
  // Some 90 are its heap and what the collector leaves to the system; the file, held anywhere, would come on top.
  const held = JSON.stringify(history).length;
  expect((await peakBytes(pid)) - idle).toBeLessThan(70 * mebibyte + held);
});

/** The most memory that a process has ever had. */
async function peakBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) * 1024;
}

test("killed in the middle of an upload it sends the whole file again, and the hub asks once", async () => {
  const uid = "74002";
  await ride(uid, 20_000);
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let uploads = 0;
  onUpload = async () => {
    uploads += 1;
    if (uploads > 1) return;
    reached.resolve();
    await opened.promise;
  };
  const jobId = await exports.start(uid);
  const running = collected(uid, jobId);
  await reached.promise;
  await rides.crash();
  opened.resolve();
  const { state, read } = await running;
  expect(state).toBe("ready");
  expect(read("rides.json")).toHaveLength(20_000);
  expect(uploads).toBe(2);
  expect(await hub.sql`select attempt from export_parts where export_id = ${jobId}`).toEqual([
    { attempt: 1 },
  ]);
});

test("rides ordered in every way are in one file, beside contacts and debts; who has none gets none", async () => {
  await sql`update rides.rides set uid = '74003' where phone_id = 'phone-4007' or user_id = 'user-4007'`;
  const { read, names } = await collected("74003", await exports.start("74003"));
  const ways = new Set((read("rides.json") as Ride[]).map(({ ordered }) => ordered));
  expect(ways).toEqual(new Set(["in the app", "by telephone"]));
  expect(names).not.toContain("rides/contacts.json");
  const nobody = await collected("74004", await exports.start("74004"));
  expect(nobody.state).toBe("no_data");
});
