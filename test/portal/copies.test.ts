import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { findFreePort } from "../support/ports.ts";
import { fieldsOf, readable, startPortal, type TestPortal } from "./support/portal.ts";

const hour = 3_600_000;
const ways = ["store", "portal"] as const;
type Way = (typeof ways)[number];

const users = [
  { uid: "4001", name: "Mira Halonen" },
  { uid: "4002", name: "Teo Vasari" },
  { uid: "4003", name: "Ilse Brandt" },
  { uid: "4004", name: "Okan Demirel" },
];
const stacks = new AsyncDisposableStack();
let realty: FakeService;
let rides: FakeService;
const hubs = {} as Record<Way, TestHub>;
const portals = {} as Record<Way, TestPortal>;
const folders = {} as Record<Way, string>;

beforeAll(async () => {
  realty = stacks.use(await startFakeService("realty"));
  rides = stacks.use(await startFakeService("rides"));
  for (const way of ways) {
    const port = await findFreePort();
    folders[way] = await mkdtemp(join(tmpdir(), "takeout portal "));
    const delivery = { deadlineMs: 72 * hour, delivery: way, keepMs: 168 * hour, concurrency: 4 };
    const hub = await createTestHub({
      services: [realty, rides].map((service) => [service, { export: true, attempts: 1 }] as const),
      config: { export: delivery },
      storage: `http://127.0.0.1:${port}`,
    });
    hubs[way] = stacks.use(hub);
    const server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
    stacks.defer(() => server.close());
    portals[way] = stacks.use(
      await startPortal({
        hubUrl: server.address,
        privateJwk: hub.portal.privateJwk,
        users,
        services: [{ name: "realty", title: "Realty", url: "http://127.0.0.1:9", moods: false }],
        storage: folders[way],
        port,
      }),
    );
  }
});
afterAll(async () => {
  await stacks.disposeAsync();
  for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
});

const cardOf = (page: string) =>
  /<section id="copy"[\s\S]*?<\/section>/.exec(page)?.[0] ?? "no card";
const linksOf = (html: string) =>
  [...html.matchAll(/href="([^"]+)"/g)].map(([, href = ""]) => href);

/** Presses the button, as a browser without scripts. */
async function order(way: Way, uid: string): Promise<Response> {
  const card = cardOf(await portals[way].page(`/users/${uid}`));
  return await portals[way].post(`/users/${uid}/copy`, fieldsOf(card));
}

test("where the hub keeps the archive, the page leads from the button over the shares to it", async () => {
  realty.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": [1] } } });
  rides.onExport = () => ({ status: 200, body: { status: "no_data" } });
  const { store: portal } = portals;
  expect(readable(cardOf(await portal.page("/users/4001")))).toContain("Export my data");
  expect((await order("store", "4001")).status).toBe(303);
  const during = cardOf(await portal.page("/users/4001"));
  expect(readable(during)).toMatch(/Being collected….* Realty waiting for it Rides waiting for it/);
  expect(during).toContain('data-state="export_in_progress"');
  expect(during).not.toContain("<button");

  await hubs.store.drain();
  const after = cardOf(await (await portal.get("/users/4001/progress?of=copy")).text());
  expect(readable(after)).toMatch(/Realty 1 file, 3 bytes Rides holds nothing of you/);
  const link = linksOf(after).find((href) => href.endsWith("/archive")) ?? "";
  const leads = await portal.get(link);
  expect(leads.status).toBe(303);
  const { pathname } = new URL(leads.headers.get("location") ?? "");
  const archive = await hubs.store.app.request(pathname);
  expect(archive.status).toBe(200);
  expect(archive.headers.get("content-disposition")).toContain("attachment");
  // Somebody else has ordered nothing.
  expect((await portal.get("/users/4002/copy/archive")).status).toBe(404);
});

test("where the hub pushes the files, the page shows them once all are there, to their user alone", async () => {
  const data = { "über.json": { x: "1" }, "b.json": [2] };
  realty.onExport = () => ({ status: 200, body: { status: "ok", data } });
  rides.onExport = () => ({ status: 410 });
  const { portal } = portals;
  await order("portal", "4001");
  expect(linksOf(cardOf(await portal.page("/users/4001"))).join()).not.toContain("/copy/files/");
  await hubs.portal.drain();
  const card = cardOf(await portal.page("/users/4001"));
  expect(readable(card)).toMatch(/Ready, not whole.*Rides could not give its share/);
  expect(readable(card)).toContain("realty/b.json 3 bytes realty/über.json 9 bytes");
  const links = linksOf(card).filter((href) => href.includes("/copy/files/"));
  expect(links).toHaveLength(2);
  const file = await portal.get(links[1] ?? "");
  expect(file.headers.get("content-disposition")).toContain("filename*=UTF-8''%C3%BCber.json");
  expect(await file.text()).toBe('{"x":"1"}');
  const foreign = links[1]?.replace("/users/4001/", "/users/4002/") ?? "";
  expect((await portal.get(foreign)).status).toBe(404);
  const done = JSON.parse(
    await readFile(join(folders.portal, "copies", jobIn(links), "done"), "utf8"),
  );
  expect(done).toMatchObject({ state: "partial", missing: [{ service: "rides" }] });
});

function jobIn(links: readonly string[]): string {
  return links[0]?.split("/")[5] ?? "";
}

test("what nobody has, and what nobody could give, is said in plain words, and can be ordered again", async () => {
  realty.onExport = () => ({ status: 200, body: { status: "no_data" } });
  rides.onExport = () => ({ status: 200, body: { status: "no_data" } });
  await order("store", "4003");
  await hubs.store.drain();
  const empty = cardOf(await portals.store.page("/users/4003"));
  expect(readable(empty)).toMatch(/Nothing to copy.*Export again/);
  realty.onExport = () => ({ status: 410 });
  rides.onExport = () => ({ status: 410 });
  await order("store", "4003");
  await hubs.store.drain();
  const failed = cardOf(await portals.store.page("/users/4003"));
  expect(readable(failed)).toMatch(/It did not work.*Export again/);
});

test("pressing twice orders one copy, and a foreign form none", async () => {
  realty.onExport = () => ({ status: 202 });
  const before = realty.exports().length;
  const page = await portals.store.page("/users/4004");
  const fields = fieldsOf(cardOf(page));
  const answers = await Promise.all(
    [1, 2].map(() => portals.store.post("/users/4004/copy", fields)),
  );
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  await hubs.store.drain();
  expect(realty.exports().length).toBe(before + 1);
  expect((await portals.store.post("/users/4004/copy", [["request_id", "x"]])).status).toBe(400);
  const foreign = await fetch(`${portals.store.url}/users/4004/copy`, {
    method: "POST",
    headers: { origin: "http://evil.example", "sec-fetch-site": "cross-site" },
    body: new URLSearchParams([["request_id", crypto.randomUUID()]]),
  });
  expect(foreign.status).toBe(403);
});
