import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { type JsonServer, startJsonServer } from "./support/json-server.ts";
import { fieldsOf, readable, startPortal, type TestPortal } from "./support/portal.ts";

let started: AsyncDisposableStack;
let realty: FakeService;
let hub: TestHub;
let rowsServer: JsonServer;
let portal: TestPortal;
let favourites = [{ id: 1, uid: "4001", offer_id: 301, created_at: "2025-03-01T10:00:00.000Z" }];

beforeAll(async () => {
  started = new AsyncDisposableStack();
  realty = started.use(await startFakeService("realty"));
  const categories = [
    { id: "1", slug: "favorites" },
    { id: "2", slug: "water-colours" },
  ];
  hub = started.use(await createTestHub({ services: [[realty]], config: { categories } }));
  const server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
  started.defer(() => server.close());
  const tables = () => [{ category: "1", name: "favorites", rows: favourites }];
  rowsServer = started.use(await startJsonServer(() => ({ body: { tables: tables() } })));
  portal = started.use(
    await startPortal({
      hubUrl: server.address,
      privateJwk: hub.portal.privateJwk,
      services: [{ name: "realty", title: "Realty", url: rowsServer.url, moods: false }],
    }),
  );
});
afterAll(() => started.disposeAsync());

async function finish(categoryId: string): Promise<void> {
  await hub.drain();
  const { deletion_id, attempt, to } = realty.deletes().at(-1)?.body ?? {};
  const done = { yandex_uid: "4001", category_id: categoryId, state: "deleted" };
  await hub.report(realty, { ...done, deletion_id, attempt, to });
}

test("without a script a visitor chooses, confirms, sees progress, and the rows go", async () => {
  expect(await portal.page("/")).toContain('href="/users/4001"');
  const before = readable(await portal.page("/users/4001"));
  expect(before).toContain("Favourites");
  expect(before).toContain("Water colours");
  expect(before).toContain("1 row in 1 service");
  expect(before).toContain("301 2025-03-01");

  const confirm = await portal.page("/users/4001/delete?category=1");
  expect(readable(confirm)).toContain("Delete 1 category?");
  const sent = await portal.post("/users/4001/delete", fieldsOf(confirm));
  expect([sent.status, sent.headers.get("location")]).toEqual([303, "/users/4001?notice=recorded"]);

  const during = await portal.page("/users/4001?notice=recorded");
  expect(readable(during)).toContain("Your wish is recorded");
  expect(during).toMatch(/id="category-1"[^>]*data-state="delete_in_progress"/);
  expect(readable(during)).toContain("Being deleted…");
  expect(during).toContain('<noscript><p class="reload"><a class="button" href="/users/4001">');
  expect(await portal.page("/users/4001/progress")).toContain('data-state="delete_in_progress"');

  favourites = [];
  await finish("1");
  const after = await portal.page("/users/4001?notice=recorded");
  expect(after).toMatch(/id="category-1"[^>]*data-state="empty"/);
  expect(readable(after)).toMatch(
    /Nothing is stored Flats and trips you marked Last deleted on \d+ \w+ \d{4} at \d\d:\d\d UTC\./,
  );
  expect(readable(after)).toContain("It is done");
  expect(readable(after)).toContain("0 rows in 1 service");
  const progress = await portal.get("/users/4001/progress");
  expect([progress.status, readable(await progress.text())]).toEqual([
    200,
    expect.stringContaining("It is done"),
  ]);
});

test("a form that is sent twice starts one deletion, and a new one has a name of its own", async () => {
  const path = "/users/4001/delete?category=2";
  const form = fieldsOf(await portal.page(path));
  expect(fieldsOf(await portal.page(path))[0]).not.toEqual(form[0]);
  const answers = await Promise.all([1, 2, 3].map(() => portal.post("/users/4001/delete", form)));
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
  const started = () => hub.sql`select from deletion_categories where category_id = '2'`;
  expect(await started()).toHaveLength(1);
  await finish("2");
  await portal.post("/users/4001/delete", form);
  expect(await started()).toHaveLength(1);
});

test("choosing nothing is said in plain words and starts nothing", async () => {
  const answer = await portal.get("/users/4001/delete");
  expect(answer.status).toBe(400);
  expect(readable(await answer.text())).toContain("Choose at least one category.");
});

test("a portal whose key the hub does not know, or that lacks the right, says so", async () => {
  await using stranger = await startPortal({ hubUrl: await addressOf(hub) });
  const page = await stranger.get("/users/4001");
  expect(page.status).toBe(502);
  expect(readable(await page.text())).toContain("The hub does not know this portal");

  const passport = hub.context.http.portals.get("passport");
  if (!passport) throw new Error("no portal");
  const portals = new Map([["passport", { ...passport, allow: new Set(["status"] as const) }]]);
  await using reader = await createTestHub({ services: [[realty]], config: { portals } });
  await using limited = await startPortal({
    hubUrl: await addressOf(reader),
    privateJwk: hub.portal.privateJwk,
  });
  const form = fieldsOf(await limited.page("/users/4001/delete?category=1"));
  const refused = await limited.post("/users/4001/delete", form);
  expect(refused.status).toBe(502);
  expect(readable(await refused.text())).toContain("This portal may not do that");
});

async function addressOf({ app }: TestHub): Promise<string> {
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  started.defer(() => server.close());
  return server.address;
}
