import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";

// What patches/postgres+3.4.9.patch promises. Unpatched, the first two throw from a timer, where no try reaches
// (porsager/postgres issues 1066, 1154, 1208); the first then hangs, because the pool lost its connection, and the
// second writes outside its transaction (pull request 1155). The third leaves a rejected promise that nobody holds,
// which ends the process. In the fourth a connection goes back to the pool within a transaction, so that what others write
// is undone with it (issues 823, 1189; pull requests 1207, 1218). The last two are speed alone: a write to the socket
// wakes the server, and unpatched each statement that brings what waits to 1 KiB makes one; and a session that has rested for
// longest has to fetch anew what it works with (node-postgres and node's own agents take the one that rested least, too).
// sql.reserve() is not mended: nobody here uses it.

let database: TestDatabase;
let killer: postgres.Sql;

beforeAll(async () => {
  database = await createDatabase();
  killer = postgres(database.url, { max: 1 });
  await killer`create table written (note text)`;
});

afterAll(async () => {
  await killer.end();
  await database.drop();
});

/** Resolves when the driver has noticed that the server ended this session. */
async function cut(pid: number, noticed: Promise<void>): Promise<void> {
  await killer`select pg_terminate_backend(${pid})`;
  await noticed;
}

function connect(max: number) {
  const closed = Promise.withResolvers<void>();
  const sql = postgres(database.url, { max, onclose: () => closed.resolve() });
  return { sql, noticed: closed.promise };
}

/** A way to the database that shows what the driver sends. @param onSent - passes it on, or does not. */
async function listenBetween(
  onSent: (data: Buffer, ends: { readonly client: Socket; readonly server: Socket }) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const url = new URL(database.url);
  const target = { port: Number(url.port), host: url.hostname };
  const between = createServer((client) => {
    const server = dial(target);
    for (const end of [client, server]) {
      end.on("error", () => {});
      end.on("close", () => [client, server].map((other) => other.destroy()));
    }
    server.pipe(client);
    client.on("data", (data) => onSent(data, { client, server }));
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  url.host = `127.0.0.1:${(between.address() as { port: number }).port}`;
  return { url: url.href, [Symbol.asyncDispose]: async () => void between.close() };
}

const pidOf = async (sql: postgres.Sql | postgres.TransactionSql) =>
  (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0;

test("a transaction that was cut rejects, and the pool goes on with all its connections", async () => {
  const { sql, noticed } = connect(1);
  const transaction = sql.begin(async (tx) => {
    await cut(await pidOf(tx), noticed);
    await tx`insert into written values ('lost')`;
  });
  await expect(transaction).rejects.toThrow("CONNECTION_CLOSED");
  for (let round = 0; round < 3; round += 1) expect(await pidOf(sql)).toBeGreaterThan(0);
  await sql.end({ timeout: 0 });
});

test("what a transaction says after it was cut never runs outside it", async () => {
  const { sql, noticed } = connect(1);
  const late = Promise.withResolvers<unknown>();
  const transaction = sql.begin(async (tx) => {
    await cut(await pidOf(tx), noticed);
    await pidOf(sql); // the pool has connected the same connection again, for somebody else
    await tx`insert into written values ('outside')`.then(late.resolve, late.reject);
  });
  await expect(transaction).rejects.toThrow("CONNECTION_CLOSED");
  await expect(late.promise).rejects.toThrow("CONNECTION_CLOSED");
  expect(await killer`select note from written`).toEqual([]);
  await sql.end({ timeout: 0 });
});

test("a session that is cut before it is ready tells its caller, and nobody else", async () => {
  let cuts = 0;
  await using between = await listenBetween((data, { client, server }) => {
    if (cuts > 0 || !data.includes("pg_catalog.pg_type")) return void server.write(data);
    cuts += 1;
    client.resetAndDestroy();
  });
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on("unhandledRejection", note);
  const sql = postgres(between.url, { max: 1 });
  await expect(sql`select 1`).rejects.toThrow("ECONNRESET");
  expect(await sql`select array[1, 2] as numbers`).toEqual([{ numbers: [1, 2] }]);
  await sql.end({ timeout: 0 });
  process.off("unhandledRejection", note);
  expect([cuts, uncaught]).toEqual([1, []]);
});

test("a transaction has its connection to itself, also where no further statement fits behind its BEGIN", async () => {
  const narrow = { max: 1, max_pipeline: 2 }; // the second is in no types
  const sql = postgres(database.url, narrow);
  await sql`select 1`; // statements are sent behind each other only on a connection that is there
  const before = [sql`select pg_sleep(0.05)`, sql`select 1`].map((query) => query.execute());
  const transaction = sql.begin(async (tx) => {
    await tx`insert into written values ('undone')`;
    throw new Error("rolled back");
  });
  const refused = expect(transaction).rejects.toThrow("rolled back");
  const beside = sql`insert into written values ('kept')`.execute();
  await Promise.all([...before, refused, beside]);
  expect(await killer`select note from written`).toEqual([{ note: "kept" }]);
  await killer`truncate written`;
  await sql.end({ timeout: 0 });
});

test("what is asked at the same time leaves in one piece, however long it is", async () => {
  const pieces: number[] = [];
  await using between = await listenBetween((data, { server }) => {
    pieces.push(data.length);
    server.write(data);
  });
  const sql = postgres(between.url, { max: 1 });
  await sql.begin(async (tx) => {
    const say = (text: string) => tx<{ text: string }[]>`select ${text}::text as text`;
    await say("how the statement is called"); // each is made known to a connection once
    pieces.length = 0;
    const texts = ["short", "long".repeat(1_000), "longer".repeat(1_000)];
    const rows = await Promise.all(texts.map(say));
    expect(rows.map(([row]) => row?.text)).toEqual(texts);
    expect(pieces).toHaveLength(1);
  });
  await sql.end({ timeout: 0 });
});

test("the session that worked last works next", async () => {
  const sql = postgres(database.url, { max: 4 });
  const sleep = async () => await sql`select pg_sleep(0.05)`;
  await Promise.all([sleep(), sleep(), sleep(), sleep()]);

  const last = await pidOf(sql);
  const pids = new Set<number>();
  for (let times = 0; times < 8; times += 1) pids.add(await pidOf(sql));

  expect([...pids]).toEqual([last]);
  await sql.end();
});
