import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeHub, startFakeHub } from "../sdk/fake-hub.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { findFreePort } from "../support/ports.ts";
import { type RunningProcess, startProcess, until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";

const main = join(import.meta.dirname, "..", "..", "examples", "realty", "main.ts");

let hub: FakeHub;
let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  [hub, database] = [await startFakeHub(), await createDatabase()];
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  await hub[Symbol.asyncDispose]();
});
beforeEach(() => {
  hub.reports.length = 0;
});

interface Realty extends RunningProcess {
  url: string;
  call(path: string, body: object): Promise<Response>;
}

async function startRealty(databaseUrl = database.url): Promise<Realty> {
  const [port, { privateJwk }] = [await findFreePort(), await createClient("realty")];
  const running = startProcess(process.execPath, [main], {
    env: {
      ...process.env,
      PORT: `${port}`,
      DATABASE_URL: databaseUrl,
      TAKEOUT_HUB_URL: hub.url,
      TAKEOUT_SERVICE_KEY: JSON.stringify(privateJwk),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`realty: ${running.output()}`, () => running.output().includes("listening"));
  const ticket = await hub.client.serviceTicket("realty");
  const headers = { "content-type": "application/json", "x-ya-service-ticket": ticket };
  const call = (path: string, body: object) =>
    fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { ...running, url, call };
}

const account = (uid: string) => ({ yandex_uids: [{ uid, is_portal: true }] });

function deletion(uid: string, to: string, categories = ["1", "2"]) {
  return { ...account(uid), categories, deletion_id: `d-${uid}`, report_uid: uid, to, attempt: 1 };
}

async function untilReported(count: number): Promise<void> {
  await until(`${count} reports`, () => hub.reports.length >= count);
}

/** Every row of every table of the service, as text. */
async function listRows(): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
     where table_schema = 'realty' order by table_name`;
  const lists = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql<{ row: string }[]>`
        select row::text as row from ${sql(`realty.${name}`)} as row order by id`;
      return rows.map(({ row }) => `${name} ${row}`);
    }),
  );
  return lists.flat();
}

test("a deletion takes the user's rows up to the fence, and leaves every other row byte for byte", async () => {
  await using realty = await startRealty();
  const before = await listRows();
  expect(before.length).toBeGreaterThan(2_000);

  const fenceMs = Date.now() - 30 * 24 * 60 * 60_000;
  const [fence, late] = [new Date(fenceMs).toISOString(), new Date(fenceMs + 1).toISOString()];
  await sql`delete from realty.favorites where uid = '4001' and created_at > ${fence}`;
  await sql`delete from realty.subscriptions where uid = '4001' and created_at > ${fence}`;
  await sql`insert into realty.favorites (uid, offer_id, created_at)
    values ('4001', 1, ${fence}), ('4001', 2, ${late}), ('4002', 3, ${fence})`;
  const kept = await sql<{ row: string }[]>`
    select row::text as row from realty.favorites as row where uid = '4001' and created_at = ${late}`;
  const all = await listRows();
  const isTaken = (row: string) =>
    /^(favorites|subscriptions) \(\d+,4001,/.test(row) && row !== `favorites ${kept[0]?.row}`;
  expect(all.filter(isTaken).length).toBeGreaterThan(10);

  expect((await realty.call("/v1/takeout/delete/", deletion("4001", fence))).status).toBe(202);
  await untilReported(2);

  expect(await listRows()).toEqual(all.filter((row) => !isTaken(row)));
  expect(kept).toHaveLength(1);
  const reports = hub.reports.map(({ body }) => [body.category_id, body.state, body.outcome]);
  expect(reports.sort()).toEqual([
    ["1", "deleted", "erased"],
    ["2", "deleted", "erased"],
  ]);
});

test("status says what is there, before and after", async () => {
  await using realty = await startRealty();
  const ask = async () => {
    const answer = await realty.call("/v1/takeout/status/", {
      ...account("4010"),
      categories: ["1", "2", "99"],
    });
    return ((await answer.json()) as { categories: { data_state: string }[] }).categories.map(
      (category) => category.data_state,
    );
  };
  expect(await ask()).toEqual(["ready_to_delete", "ready_to_delete", "empty"]);
  await realty.call("/v1/takeout/delete/", deletion("4010", new Date().toISOString(), ["1"]));
  await untilReported(1);
  await until("the end of the work", async () => (await ask())[0] !== "delete_in_progress");
  expect(await ask()).toEqual(["empty", "ready_to_delete", "empty"]);
});

test("a user nobody knows is no error", async () => {
  await using realty = await startRealty();
  const before = await listRows();
  const call = deletion("777", new Date().toISOString());
  expect((await realty.call("/v1/takeout/delete/", call)).status).toBe(202);
  await untilReported(2);
  expect(hub.reports.map(({ body }) => body.outcome)).toEqual(["nothing_found", "nothing_found"]);
  expect(await listRows()).toEqual(before);
});

test("without the hub's ticket nothing is deleted", async () => {
  await using realty = await startRealty();
  const before = await listRows();
  const answer = await fetch(`${realty.url}/v1/takeout/delete/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(deletion("4020", new Date().toISOString())),
  });
  expect(answer.status).toBe(401);
  expect(await listRows()).toEqual(before);
});

test("a visitor sees a user's rows and may add one", async () => {
  await using realty = await startRealty();
  const count = async () =>
    (await (await fetch(`${realty.url}/rows?uid=4030&count`)).json()) as Record<string, number>;
  const before = await count();
  const added = await realty.call("/rows", { uid: "4030", category: "1" });
  expect(added.status).toBe(201);
  expect(await count()).toEqual({ ...before, favorites: (before.favorites ?? 0) + 1 });
  expect((await realty.call("/rows", { uid: "x", category: "1" })).status).toBe(400);
});

test("two that start at once seed once", async () => {
  await using fresh = await createDatabase();
  const started = await Promise.all([startRealty(fresh.url), startRealty(fresh.url)]);
  await using _one = started[0];
  await using _two = started[1];
  const other = postgres(fresh.url, { max: 1, onnotice: () => {} });
  const [row] =
    await other`select count(*)::int as users from (select distinct uid from realty.favorites)`;
  const [favorites] = await other`select count(*)::int as rows from realty.favorites`;
  await other.end();
  expect(row?.users).toBe(200);
  expect(favorites?.rows).toBe(200 * 20);
});

test("asked to stop, it ends its deletion, its reports and its connections first", async () => {
  await using realty = await startRealty();
  await using lock = await lockFavorites();
  const unused = await connectTo(realty.url);
  const fence = new Date().toISOString();
  const answer = await realty.call("/v1/takeout/delete/", deletion("4040", fence, ["1"]));
  expect(answer.status).toBe(202);
  await until("the blocked deletion", async () => {
    const [waiting] = await sql`
      select from pg_locks where not granted and relation = 'realty.favorites'::regclass`;
    return waiting !== undefined;
  });
  realty.child.kill("SIGTERM");
  const isRefused = () =>
    connectTo(realty.url).then(
      (socket) => void socket.destroy(),
      () => true,
    );
  await until("the closed door", isRefused);
  expect(await callUntilEnd(unused)).toMatch(/^connection: close/im);
  expect(hub.reports).toEqual([]);
  await lock[Symbol.asyncDispose]();
  expect(await realty.exit).toEqual({ code: 0, signal: null });
  expect(hub.reports.map(({ body }) => body.state)).toEqual(["deleted"]);
  const [left] = await sql`select count(*)::int as rows from realty.favorites where uid = '4040'`;
  expect(left?.rows).toBe(0);
});

/** A connection that was opened and not used yet: a server's close() leaves such a one alone. */
async function connectTo(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** What comes over the connection until the other side ends it. */
async function callUntilEnd(socket: Socket): Promise<string> {
  socket.write("GET /health/live HTTP/1.1\r\nhost: realty\r\n\r\n");
  return (await socket.toArray()).join("");
}

/** Holds everybody off the table until disposed. */
async function lockFavorites(): Promise<AsyncDisposable> {
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const held = sql.begin(async (tx) => {
    await tx`lock table realty.favorites in access exclusive mode`;
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  return {
    async [Symbol.asyncDispose]() {
      release.resolve();
      await held;
    },
  };
}
