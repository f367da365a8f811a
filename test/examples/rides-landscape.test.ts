import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { readable, startPortal, type TestPortal } from "../portal/support/portal.ts";
import { createDatabase } from "../support/database.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { findFreePort } from "../support/ports.ts";
import { until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";
import { type Example, startExample } from "./support/example.ts";

// The true hub with payments, rides and identity, as `npm start` connects them.

const names = ["payments", "rides", "identity"] as const;
type Name = (typeof names)[number];

let started: AsyncDisposableStack;
let hub: TestHub;
let portal: TestPortal;
let sql: postgres.Sql;
let examples: Record<Name, Example>;

beforeAll(async () => {
  started = new AsyncDisposableStack();
  const database = started.use(await createDatabase());
  const planned = await Promise.all(
    names.map(async (name) => {
      const port = await findFreePort();
      return { name, port, url: `http://127.0.0.1:${port}`, client: await createClient(name) };
    }),
  );
  const [payments, rides, identity] = planned as [
    (typeof planned)[0],
    (typeof planned)[0],
    (typeof planned)[0],
  ];
  hub = started.use(
    await createTestHub({
      services: [
        [identity, { after: ["payments", "rides"] }],
        [rides, { after: ["payments"] }],
        [payments],
      ],
      config: {
        categories: [{ id: "8", slug: "rides" }],
        identity: { url: identity.url, client: "identity-resolver", timeoutMs: 2_000 },
      },
      categories: ["8"],
    }),
  );
  const server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
  started.defer(() => server.close());
  const running = await Promise.all(
    planned.map(async (plan) => {
      const options = { ...plan, databaseUrl: database.url, hubUrl: server.address };
      return [plan.name, started.use(await startExample(options))] as const;
    }),
  );
  examples = Object.fromEntries(running) as Record<Name, Example>;
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
  started.defer(() => sql.end());
  portal = started.use(
    await startPortal({
      hubUrl: server.address,
      privateJwk: hub.portal.privateJwk,
      users: ["4001", "4003", "4004", "4005"].map((uid) => ({ uid, name: `User ${uid}` })),
      services: running.map(([name, { url }]) => ({ name, title: name, url, moods: false })),
    }),
  );
});
afterAll(() => started.disposeAsync());

/** Deletes, and gives the category as the portal sees it when all is over. */
async function remove(uid: string) {
  expect((await hub.remove(uid, `r-${uid}`, ["8"])).status).toBe(200);
  await until(`the deletion of ${uid}`, async () => {
    await hub.drain();
    const [open] = await hub.sql`select from deletion_categories where closed_at is null`;
    return open === undefined;
  });
  const answer = await hub.status(uid);
  return { ...answer.data[0], errors: answer.errors };
}

/** The parts of the newest deletion, in the order in which they were closed. */
async function listParts() {
  return await hub.sql<{ service: string; state: string; outcome: string | null }[]>`
    select service, state, outcome from parts
     where deletion_id = (select id from deletions order by accepted_at desc limit 1)
     order by closed_at`;
}

async function countRides(uid: string): Promise<number> {
  const page = await (await fetch(`${examples.rides.url}/rows?uid=${uid}`)).json();
  return (page as { tables: [{ count: number }] }).tables[0].count;
}

const hasLinks = async (uid: string) =>
  (await sql`select from identity.links where uid = ${uid}`).length > 0;

test("one uid deletes what other services know by other identifiers, and identity forgets them last", async () => {
  expect(await countRides("4001")).toBe(7);
  expect(await remove("4001")).toMatchObject({
    state: "empty",
    retained: [{ service: "payments", reason: "tax_law", until: expect.any(String) }],
    errors: undefined,
  });
  expect(await countRides("4001")).toBe(0);
  expect(await listParts()).toEqual([
    { service: "payments", state: "deleted", outcome: "retained" },
    { service: "rides", state: "deleted", outcome: "erased" },
    { service: "identity", state: "deleted", outcome: "erased" },
  ]);
  expect([await hasLinks("4001"), await hasLinks("4002")]).toEqual([false, true]);
  const page = readable(await portal.page("/users/4001"));
  expect(page).toMatch(/payments must keep a part until 1 January \d{4}: tax law\./);
});

test("a debt keeps the rides and their identifiers, and the page says what to do", async () => {
  const before = readable(await portal.page("/users/4003"));
  expect(before).toContain("rides would refuse now: you owe money there. Settle it, then delete.");
  expect(await remove("4003")).toMatchObject({ state: "ready_to_delete" });
  expect(await listParts()).toEqual(
    expect.arrayContaining([
      { service: "rides", state: "delete_failed", outcome: null },
      { service: "identity", state: "delete_failed", outcome: null },
    ]),
  );
  expect([await countRides("4003"), await hasLinks("4003")]).toEqual([7, true]);
  const after = readable(await portal.page("/users/4003?notice=recorded"));
  expect(after).toContain("Not everything could be deleted");
  expect(after).toContain(
    "rides refused to delete its share: you owe money there. Settle it, then delete.",
  );
});

test("a long history goes though its service is killed in the middle, and the hub asks for it once", async () => {
  expect(await countRides("4004")).toBe(200_007);
  expect(readable(await portal.page("/users/4004"))).toContain("200007 rows");
  await hub.remove("4004", "r-4004", ["8"]);
  await hub.drain();
  await until("the beginning", async () => (await countRides("4004")) < 200_007);
  await examples.rides.crash();
  const left = await countRides("4004");
  await until("the end", async () => {
    await hub.drain();
    const [open] = await hub.sql`select from deletion_categories where closed_at is null`;
    return open === undefined;
  });
  expect(left).toBeGreaterThan(0);
  expect(await countRides("4004")).toBe(0);
  expect((await hub.status("4004")).data[0]).toMatchObject({ state: "empty" });
  const attempts = await hub.sql`
    select attempt from parts join deletions on deletions.id = deletion_id
     where service = 'rides' order by accepted_at desc limit 1`;
  expect(attempts).toEqual([{ attempt: 1 }]);
});

test("without the identity service nothing is deleted, and nobody is told that nothing is there", async () => {
  await examples.identity.stop();
  const answer = await hub.remove("4005", "r-4005", ["8"]);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ errors: [{ code: "identity_unavailable" }] });
  const status = await hub.status("4005");
  expect(status.data[0]).toMatchObject({ state: "ready_to_delete" });
  expect(await countRides("4005")).toBe(7);
  expect(readable(await portal.page("/users/4005"))).toContain(
    "Your accounts could not be looked up",
  );
});
