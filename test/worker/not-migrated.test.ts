import { expect, test } from "vitest";
import { migrate } from "../../src/store/migrate.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { createTestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

test("a worker leaves a database that is not migrated as it is, and works once somebody migrated it", async () => {
  await using hub = await createTestHub({ services: [] });
  await hub.sql`drop schema public, drizzle, graphile_worker cascade`;
  await hub.sql`create schema public`;
  const ended: unknown[] = [];
  const failed = (error: unknown, text: string) => {
    if (text === "queue runner ended, to be started again") ended.push((error as Error).message);
  };
  const outage = { ...hub.flows.outage, failed };
  const worker = startWorker(
    { ...hub.flows, outage },
    {
      databaseUrl: hub.databaseUrl,
      livenessDatabaseUrl: hub.databaseUrl,
      concurrency: { delete: 1 },
    },
  );
  const hasQueue = async () => {
    const [row] = await hub.sql`select to_regnamespace('graphile_worker') is not null as is_there`;
    return row?.is_there;
  };
  try {
    await until("the worker to have tried", async () => ended.length >= 2 || (await hasQueue()));
    expect(await hasQueue()).toBe(false);
    expect(new Set(ended)).toEqual(new Set(["the database is away, or not migrated yet"]));
    await migrate(hub.databaseUrl);
    await hub.sql`select graphile_worker.add_job('count_parts', '{}', job_key := 'here')`;
    await until("the job to be done", async () => {
      const left = await hub.sql`select from graphile_worker.jobs where key = 'here'`;
      return left.length === 0;
    });
  } finally {
    await worker.stop();
  }
});
