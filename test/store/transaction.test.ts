import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectStore, type Store } from "../../src/store/connect.ts";
import { isDatabaseThere } from "../../src/store/readiness.ts";
import { isAway, isCommitted, isTransient, transact } from "../../src/store/transaction.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "../support/processes.ts";

let database: TestDatabase;
let store: Store;
let other: postgres.Sql;

beforeAll(async () => {
  database = await createDatabase();
  store = connectStore(database.url, { max: 1 });
  other = postgres(database.url, { max: 2 });
  await other`create table counted (id int primary key, n int not null)`;
  await other`insert into counted values (1, 0)`;
});
afterAll(async () => {
  await store.close();
  await other.end();
  await database.drop();
});

const count = async () => (await other`select n from counted`)[0]?.n;

/** Resolves when the only connection of the store has ended its transaction, however it did. */
async function untilIdle(): Promise<void> {
  await until("an idle connection", async () => {
    const [busy] = await other`
      select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'takeout' and state <> 'idle'`;
    return busy?.n === 0;
  });
}

test("what was given up is rolled back, and not done behind its caller's back", async () => {
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holder = other.begin(async (tx) => {
    await tx`select from counted where id = 1 for update`;
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const work = transact(store, async (tx) => await tx`update counted set n = n + 1`, 300);
  await expect(work).rejects.toMatchObject({ code: "unavailable" });
  release.resolve();
  await holder;
  await untilIdle();
  expect(await count()).toBe(0);
});

test("what waited too long for a connection is not begun", async () => {
  const busy = Promise.withResolvers<void>();
  const begun: string[] = [];
  const first = transact(store, async () => await busy.promise);
  const second = transact(store, async () => void begun.push("second"), 100);
  await expect(second).rejects.toMatchObject({ code: "unavailable" });
  busy.resolve();
  await first;
  await transact(store, async () => void begun.push("third"));
  expect(begun).toEqual(["third"]);
});

test("a transaction that lost its connection is done again, once in the end", async () => {
  let runs = 0;
  await transact(store, async (tx) => {
    runs += 1;
    await tx`update counted set n = n + 1`;
    if (runs > 1) return;
    const [session] = await tx`select pg_backend_pid() as pid`;
    await other`select pg_terminate_backend(${session?.pid})`;
    await tx`select 1`;
  });
  expect([runs, await count()]).toEqual([2, 1]);
});

test("a connection of the queue's driver that is cut is worth another try, and so is what follows on it", async () => {
  const client = new pg.Client(database.url);
  client.on("error", () => {});
  await client.connect();
  const cut = client.query("select pg_sleep(60)").catch((error) => error);
  await until("the connection to be cut", async () => {
    const cuts = await other`
      select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'`;
    return cuts.length > 0;
  });
  const errors = [await cut, await client.query("select 1").catch((error) => error)];
  expect(errors.map(isTransient)).toEqual([true, true]);
  await client.end().catch(() => {});
});

test("a database that only reads is away for who writes, and is not ready", async () => {
  const reading = new URL(database.url);
  reading.searchParams.set("default_transaction_read_only", "on");
  const standby = connectStore(reading.href, { max: 1 });
  try {
    const written = transact(standby, (tx) => tx`update counted set n = n + 1`, 100);
    await expect(written).rejects.toMatchObject({ code: "unavailable" });
    expect([await isDatabaseThere(standby), await isDatabaseThere(store)]).toEqual([false, true]);
  } finally {
    await standby.close();
  }
});

test.each(["53100", "53200", "25006", "ENETUNREACH", "EHOSTUNREACH"])(
  "a database that fails with %s is away, and may be there a moment later",
  (code) => {
    const error = Object.assign(new Error("down"), { code });
    expect([isTransient(error), isAway(error)]).toEqual([true, true]);
  },
);

test("what a server that broke was the last to do is not done for the one in its place", async () => {
  const [isThere, isAhead] = await store.sql.begin(async (tx) => {
    const [own] = await other<{ id: string }[]>`select pg_current_xact_id()::text as id`;
    return [
      await isCommitted(tx, own?.id ?? ""),
      await isCommitted(tx, `${Number(own?.id) + 1_000_000}`),
    ];
  });
  expect([isThere, isAhead]).toEqual([true, false]);
});
