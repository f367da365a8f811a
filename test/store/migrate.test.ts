import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrate } from "../../src/store/migrate.ts";
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
  const said = processes.map((running, index) => [ends[index]?.code, running.output()]);
  expect(said).toEqual(processes.map(() => [0, ""]));
  const journal = JSON.parse(await readFile(join(root, "drizzle/meta/_journal.json"), "utf8"));
  const { rows } = await session.query(
    "select created_at::float8 as when from drizzle.__drizzle_migrations order by id",
  );
  expect(rows).toEqual(journal.entries.map(({ when }: { when: number }) => ({ when })));
});

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
