import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDriveJobs } from "../../src/queue/enqueue.ts";
import { connectStore, type Store, type Transaction } from "../../src/store/connect.ts";
import { createWorkerPool } from "../../src/worker/retrying-pool.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

const waiting = 5_000;

let hub: TestHub;
let store: Store;

beforeAll(async () => {
  hub = await createTestHub({ services: [] });
  store = connectStore(hub.databaseUrl, { max: 1 });
});
afterAll(async () => {
  await store.close();
  await hub[Symbol.asyncDispose]();
});

async function addJobs(sql: Transaction, ids: readonly string[]): Promise<number> {
  const due = sql`select id, now() as run_at from unnest(${ids as string[]}::text[]) as id`;
  const [row] = await sql<{ jobs: number }[]>`${addDriveJobs(sql, due)}`;
  return row?.jobs ?? -1;
}

/** Rows of the queue that this transaction has read so far. */
async function countRead(sql: Transaction): Promise<number> {
  const [row] = await sql<{ read: number }[]>`
    select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::int as read from pg_stat_xact_user_tables
     where schemaname = 'graphile_worker' and relname = '_private_jobs'`;
  return row?.read ?? 0;
}

const newIds = (count: number) => Array.from({ length: count }, () => randomUUID());

test("a session that first added a job to an empty queue does not read a long one whole", async () => {
  await store.sql`vacuum (analyze) graphile_worker._private_jobs`;
  await store.sql.begin((sql) => addJobs(sql, newIds(1)));
  await store.sql.begin((sql) => addJobs(sql, newIds(waiting)));
  const [jobs, read] = await store.sql.begin(async (sql) => {
    const added = await addJobs(sql, newIds(8));
    return [added, await countRead(sql)] as const;
  });
  expect(jobs).toBe(8);
  expect(read).toBeLessThan(waiting / 10);
});

test("how the rest of a transaction is planned is left as it was", async () => {
  const settings = await store.sql.begin(async (sql) => {
    await addJobs(sql, newIds(2));
    const none = await addJobs(sql, []);
    const [row] = await sql`select current_setting('enable_indexscan') as along_indexes`;
    return { none, ...row };
  });
  expect(settings).toEqual({ none: 0, along_indexes: "on" });
});

test("a job is fetched along the queue's index, however few rows there are to sort", async () => {
  await store.sql`delete from graphile_worker._private_jobs`;
  await store.sql.begin((sql) => addJobs(sql, newIds(20)));
  await store.sql`vacuum (analyze) graphile_worker._private_jobs`;
  const pool = createWorkerPool(hub.databaseUrl, 1);
  try {
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(`
      explain with j as (
        select id from graphile_worker._private_jobs
         where is_available and run_at <= now() and task_id = any('{1,2}'::int[])
         order by priority, run_at limit 1 for update skip locked)
      update graphile_worker._private_jobs jobs set attempts = attempts + 1 from j where jobs.id = j.id`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("Index Scan using jobs_main_index");
    expect(plan).toContain("Index Scan using jobs_pkey");
    expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap|Hash/);
  } finally {
    await pool.end();
  }
});

test("no statement is compiled, by a server that can, for being dear to plan without its scans", async () => {
  const pool = createWorkerPool(hub.databaseUrl, 1);
  try {
    const { rows } = await pool.query<{ jit: string }>("show jit");
    expect(rows).toEqual([{ jit: "off" }]);
    expect(await store.sql`show jit`).toEqual([{ jit: "off" }]);
  } finally {
    await pool.end();
  }
});
