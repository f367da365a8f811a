import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";

// What patches/postgres+3.4.9.patch promises. Unpatched, both throw from a timer, where no try
// reaches (porsager/postgres issues 1066, 1154, 1208); the first then hangs, because the pool lost its connection,
// and the second writes outside its transaction (pull request 1155). sql.reserve() is not mended: nobody here uses it.

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
