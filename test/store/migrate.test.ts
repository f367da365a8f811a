import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, onTestFinished, test, vi } from "vitest";
import { connectStore } from "../../src/store/connect.ts";
import { migrate } from "../../src/store/migrate.ts";
import { analyzeLedger, migrateLedger } from "../../src/store/migration-steps.ts";
import { isDatabaseThere } from "../../src/store/readiness.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startProcess } from "../support/processes.ts";

const root = join(import.meta.dirname, "..", "..");

let database: TestDatabase;
let session: pg.Client;

beforeEach(async () => {
  database = await createDatabase();
  session = await connect(database.url);
});

afterEach(async () => {
  await session.end();
  await database.drop();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

test("six processes that migrate one empty database at once do it once", async () => {
  await session.query("drop schema public, drizzle, graphile_worker cascade; create schema public");
  const main = join(root, "src", "main.ts");
  const env = { PATH: process.env.PATH, DATABASE_URL: database.url };
  const processes = Array.from({ length: 6 }, () =>
    startProcess(process.execPath, [main, "migrate"], { env }),
  );
  const ends = await Promise.all(processes.map(({ exit }) => exit));
  // They may say that they wait for each other.
  const waiting = "another process migrates the database, waiting for it\n";
  const said = processes.map((running, index) => [
    ends[index]?.code,
    running.output().replace(waiting, ""),
  ]);
  expect(said).toEqual(processes.map(() => [0, ""]));
  const journal = JSON.parse(await readFile(join(root, "drizzle/meta/_journal.json"), "utf8"));
  const { rows } = await session.query(
    "select created_at::float8 as when from drizzle.__drizzle_migrations order by id",
  );
  expect(rows).toEqual(journal.entries.map(({ when }: { when: number }) => ({ when })));
});

test("the turn is given back though a proxy keeps the session, and who waits for it says so once", async () => {
  await session.query("drop schema public, drizzle, graphile_worker cascade; create schema public");
  await using proxy = await startKeepingProxy(database.url);
  await session.query("select pg_advisory_lock(7464)");
  const onWait = vi.fn(() => void session.query("select pg_advisory_unlock(7464)"));
  await migrate(proxy.url, undefined, onWait);
  expect(onWait).toHaveBeenCalledOnce();
  const { rows } = await session.query(
    "select objid from pg_locks where locktype = 'advisory' and objid = 7464",
  );
  expect(rows).toEqual([]);
  expect(proxy.kept()).toBeGreaterThan(0);
});

/** Stands for a pooling proxy: a session of the server outlives the client that had it. */
async function startKeepingProxy(databaseUrl: string) {
  const { port, hostname } = new URL(databaseUrl);
  const servers: Socket[] = [];
  const proxy = createServer((client) => {
    const server = createConnection(Number(port), hostname);
    servers.push(server);
    server.on("data", (chunk) => client.write(chunk));
    client.on("data", (chunk) => {
      const isGoodbye = chunk.length === 5 && chunk[0] === 0x58;
      if (!isGoodbye) server.write(chunk);
    });
    for (const socket of [client, server]) socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: url.href,
    kept: () => servers.filter(({ destroyed }) => !destroyed).length,
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

test("a database that is up to date is neither written nor waited for, even with every table locked", async () => {
  const name = new URL(database.url).pathname.slice(1);
  const admin = await connect(inject("adminUrl"));
  // Sessions that begin from here on refuse to write.
  await admin.query(`alter database ${name} set default_transaction_read_only = on`);
  await admin.end();
  const { rows } = await session.query(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'public'
        or schemaname = 'graphile_worker' and tablename <> 'migrations'`);
  expect(rows.map((row) => row.name)).toEqual(
    expect.arrayContaining(["public.deletions", "public.parts", "graphile_worker._private_jobs"]),
  );
  await session.query("begin");
  const tables = rows.map((row) => row.name).join(", ");
  await session.query(`lock table ${tables} in access exclusive mode`);
  await migrate(database.url);
  await session.query("rollback");
});

test("what a migration left has been looked at, so that its plans are made from what is there", async () => {
  const { rows } = await session.query(`
    select relname as name, reltuples >= 0 as is_known from pg_class
     where relkind = 'r' and relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)`);
  const namesOf = (isKnown: boolean) =>
    rows.filter((row) => row.is_known === isKnown).map((row) => row.name);
  expect(namesOf(true)).toEqual(
    expect.arrayContaining(["deletions", "parts", "events", "requests"]),
  );
  expect(namesOf(false)).toContain("_private_jobs");
  expect(namesOf(false).filter((name) => !name.startsWith("_private"))).toEqual(["migrations"]);
});

test("a table that somebody holds is passed over when the others are looked at", async () => {
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await session.query("begin");
  await session.query("lock table parts in access exclusive mode");
  await analyzeLedger(sql);
  await session.query("rollback");
  await sql.end({ timeout: 5 });
});

test("a hub is not ready while the database has not its newest migration: its own may still wait for a table", async () => {
  const store = connectStore(database.url, { max: 1 });
  expect(await isDatabaseThere(store)).toBe(true);
  await session.query(
    "delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)",
  );
  expect(await isDatabaseThere(store)).toBe(false);
  await store.close();
});

test("a statement waits for no table for long, is tried again, and is not done twice after a break", async () => {
  const steps = await mkdtemp(join(tmpdir(), "takeout steps "));
  onTestFinished(() => rm(steps, { recursive: true }));
  await writeMigration(steps, [
    "create table first (id int)",
    "alter table parts add column extra text",
  ]);
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await session.query("begin");
  await session.query("select from parts");
  const migrated = migrateLedger(sql, steps);
  const has = async (question: string) => ((await session.query(question)).rowCount ?? 0) > 0;
  await vi.waitUntil(() => has("select from drizzle.steps where step = 0"), { timeout: 90_000 });
  // Were the table waited for, this would wait behind it for ever: the reader commits only afterwards.
  const other = await connect(database.url);
  await other.query("select from parts");
  await other.end();
  expect(await has("select from drizzle.steps where step = 1")).toBe(false);
  await session.query("commit");
  await migrated;
  expect(await has("select extra from parts union all select null")).toBe(true);
  await sql`delete from drizzle.__drizzle_migrations where created_at = ${newest + 1}`;
  await sql`insert into drizzle.steps values (${newest + 1}, 0), (${newest + 1}, 1)`;
  await migrateLedger(sql, steps);
  await sql.end({ timeout: 5 });
});

const newest = 9_000_000_000_000;

/** A folder as drizzle writes it, with one migration that is newer than all. */
async function writeMigration(folder: string, statements: readonly string[]): Promise<void> {
  await mkdir(join(folder, "meta"));
  const entry = { idx: 0, version: "7", when: newest + 1, tag: "0000_next", breakpoints: true };
  const journal = { version: "7", dialect: "postgresql", entries: [entry] };
  await writeFile(join(folder, "meta", "_journal.json"), JSON.stringify(journal));
  const text = statements.join(";\n--> statement-breakpoint\n");
  await writeFile(join(folder, "0000_next.sql"), text);
}
