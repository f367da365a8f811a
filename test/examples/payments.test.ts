import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { missingForBrowser, openBrowser } from "../portal/support/browser.ts";
import { readable, startPortal } from "../portal/support/portal.ts";
import { type FakeHub, startFakeHub } from "../sdk/fake-hub.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createTestHub } from "../support/hub.ts";
import { findFreePort } from "../support/ports.ts";
import { until } from "../support/processes.ts";
import { callExample, type Deletion, deletionOf } from "./support/calls.ts";
import { type Example, startExample } from "./support/example.ts";
import { hold, untilSomebodyWaits } from "./support/killed.ts";

let hub: FakeHub;
let database: TestDatabase;
let sql: postgres.Sql;
let payments: Example;
beforeAll(async () => {
  [hub, database] = [await startFakeHub(), await createDatabase()];
  sql = postgres(database.url, { max: 3, onnotice: () => {} });
  payments = await startExample({
    name: "payments",
    databaseUrl: database.url,
    hubUrl: hub.url,
  });
});
afterAll(async () => {
  await payments[Symbol.asyncDispose]();
  await sql.end();
  await database.drop();
  await hub[Symbol.asyncDispose]();
});
beforeEach(() => {
  hub.reports.length = 0;
});

const aYearMs = 365 * 24 * 60 * 60_000;
const ago = (ms: number) => new Date(Date.now() - ms);

/** Deletes, and gives the report. */
async function remove(deletion: Deletion): Promise<Record<string, unknown>> {
  const seen = hub.reports.length;
  expect((await callExample(hub, payments, "delete", deletion)).status).toBeLessThan(300);
  await until("the report", () => hub.reports.length > seen);
  return hub.reports.at(-1)?.body ?? {};
}

async function stateOf(uid: string, category: string): Promise<unknown> {
  const asked = { yandex_uids: [{ uid, is_portal: true }], categories: [category] };
  const answer = await callExample(hub, payments, "status", asked);
  return ((await answer.json()) as { categories: [{ data_state: string }] }).categories[0]
    .data_state;
}

async function receiptsOf(uid: string) {
  return await sql<{ cents: number; route: string | null }[]>`
    select cents, route from payments.receipts where uid = ${uid} order by id`;
}

test("a receipt stays as long as tax law wants it, without what the law does not ask for", async () => {
  const uid = "71001";
  const lastYear = ago(aYearMs);
  await sql`insert into payments.receipts ${sql([
    { uid, cents: 100, route: "old", created_at: ago(8 * aYearMs) },
    { uid, cents: 200, route: "kept", created_at: lastYear },
    { uid, cents: 300, route: "new", created_at: new Date(Date.now() + 1_000) },
  ])}`;
  const report = await remove(deletionOf(uid, ["8"]));
  expect(report).toMatchObject({
    state: "deleted",
    outcome: "retained",
    reason: "tax_law",
    retained_until: `${lastYear.getUTCFullYear() + 6}-01-01T00:00:00.000Z`,
  });
  expect(await receiptsOf(uid)).toEqual([
    { cents: 200, route: null },
    { cents: 300, route: "new" },
  ]);
});

test("what the law wants kept is not called the user's data any more", async () => {
  const uid = "71002";
  await sql`insert into payments.receipts ${sql({ uid, cents: 100, created_at: ago(aYearMs) })}`;
  expect(await stateOf(uid, "8")).toBe("ready_to_delete");
  await remove(deletionOf(uid, ["8"]));
  expect(await stateOf(uid, "8")).toBe("empty");
  // A newer deletion has to say it again: the hub shows what the newest one said.
  const again = { ...deletionOf(uid, ["8"]), deletion_id: "d-again" };
  expect(await remove(again)).toMatchObject({ outcome: "retained", reason: "tax_law" });
});

test("when its time has come a kept receipt goes, though the fence is the old one", async () => {
  const uid = "71003";
  await sql`insert into payments.receipts ${sql({ uid, cents: 100, created_at: ago(aYearMs) })}`;
  const deletion = deletionOf(uid, ["8"]);
  await remove(deletion);
  // Years pass.
  await sql`update payments.receipts set created_at = created_at - interval '7 years' where uid = ${uid}`;
  const report = await remove({ ...deletion, deletion_id: "d-later" });
  expect(report).toMatchObject({ state: "deleted", outcome: "erased" });
  expect(await receiptsOf(uid)).toEqual([]);
});

test("cards go, but a block against fraud outlives the deletion, until its end has come", async () => {
  const uid = "71004";
  const ends = new Date(Date.now() + aYearMs);
  await sql`insert into payments.cards ${sql({ uid, label: "Card", created_at: ago(1_000) })}`;
  await sql`insert into payments.fraud_blocks ${sql({ uid, created_at: ago(1_000), blocked_until: ends })}`;
  const deletion = deletionOf(uid, ["2"]);
  expect(await remove(deletion)).toMatchObject({
    state: "deleted",
    outcome: "retained",
    reason: "fraud_block",
    retained_until: ends.toISOString(),
  });
  expect(await sql`select from payments.cards where uid = ${uid}`).toHaveLength(0);
  expect(await sql`select from payments.fraud_blocks where uid = ${uid}`).toHaveLength(1);
  expect(await stateOf(uid, "2")).toBe("empty");
  await sql`update payments.fraud_blocks set blocked_until = clock_timestamp() where uid = ${uid}`;
  const later = { ...deletion, deletion_id: "d-unblocked" };
  expect(await remove(later)).toMatchObject({ state: "deleted", outcome: "erased" });
  expect(await sql`select from payments.fraud_blocks where uid = ${uid}`).toHaveLength(0);
});

test("a block without an end is retained without one", async () => {
  const uid = "71005";
  await sql`insert into payments.fraud_blocks ${sql({ uid, created_at: ago(1_000) })}`;
  const report = await remove(deletionOf(uid, ["2"]));
  expect(report).toMatchObject({ outcome: "retained", reason: "fraud_block" });
  expect(report).not.toHaveProperty("retained_until");
});

test("killed in the middle of a deletion it does all of it when it is called again", async () => {
  const uid = "71006";
  await sql`insert into payments.receipts ${sql({ uid, cents: 100, route: "a", created_at: ago(aYearMs) })}`;
  const deletion = deletionOf(uid, ["8"]);
  {
    await using _held = await hold(
      sql,
      (tx) => tx`select from payments.receipts where uid = ${uid} for update`,
    );
    const cut = callExample(hub, payments, "delete", deletion).catch(() => undefined);
    await untilSomebodyWaits(sql);
    await payments.crash();
    await cut;
  }
  expect(hub.reports).toEqual([]);
  expect(await remove({ ...deletion, attempt: 2 })).toMatchObject({
    outcome: "retained",
    attempt: 2,
  });
  expect(await receiptsOf(uid)).toEqual([{ cents: 100, route: null }]);
});

test("the portal's page says what is kept, why and until when, in a browser too", async () => {
  const uid = "4002";
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const client = payments.client;
  const categories = [
    { id: "2", slug: "subscriptions" },
    { id: "8", slug: "rides" },
  ];
  await using other = await createDatabase();
  await using trueHub = await createTestHub({
    services: [[{ name: "payments", url, client }, { categories: ["2", "8"] }]],
    config: { categories },
  });
  const server = await listen(trueHub.app, { host: "127.0.0.1", port: 0 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.close());
  const own = { name: "payments", databaseUrl: other.url, hubUrl: server.address, port, client };
  await using _payments = await startExample(own);
  const portal = stack.use(
    await startPortal({
      hubUrl: server.address,
      privateJwk: trueHub.portal.privateJwk,
      users: [{ uid, name: "Teo Vasari" }],
      services: [{ name: "payments", title: "Payments", url, moods: true }],
    }),
  );
  await trueHub.remove(uid, "r-1", ["2", "8"]);
  await until("the end", async () => {
    await trueHub.drain();
    return /It is done/.test(await portal.page(`/users/${uid}?notice=recorded`));
  });
  const page = readable(await portal.page(`/users/${uid}?notice=recorded`));
  expect(page).toContain("It is done Every service has deleted what it may.");
  const day = "\\d{1,2} \\w+ \\d{4}";
  expect(page).toMatch(
    new RegExp(
      `Nothing to delete .*Payments must keep a part until ${day}: a block against fraud\\.`,
    ),
  );
  expect(page).toMatch(/Payments must keep a part until 1 January \d{4}: tax law\./);
  if (missingForBrowser()) return;
  await using browser = await openBrowser({ colorScheme: "light" });
  await browser.page.goto(`${portal.url}/users/${uid}?notice=recorded`);
  for (const ground of ["a block against fraud", "tax law"]) {
    const line = browser.page.getByText(new RegExp(`must keep a part until .*: ${ground}`));
    await line.first().waitFor();
  }
  if (process.env.PORTAL_PICTURES) {
    const path = join(process.env.PORTAL_PICTURES, "retained.png");
    await browser.page.screenshot({ path, fullPage: true });
  }
  expect(browser.complaints).toEqual([]);
});
