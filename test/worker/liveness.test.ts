import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLiveness } from "../../src/worker/liveness.ts";
import { watchRunningJobs } from "../../src/worker/running-jobs.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await createTestHub({ services: [] });
});
afterAll(() => hub[Symbol.asyncDispose]());

test("who loses the connection as it leaves takes its name off the list all the same", async () => {
  const workerId = randomUUID();
  const liveness = startLiveness({
    ...{ databaseUrl: hub.databaseUrl, workerId, jobs: watchRunningJobs() },
    ...{ log: hub.flows.log, outage: hub.flows.outage },
    queues: ["delete"],
    onGone: async () => true,
  });
  await until("a worker that is proven", async () => liveness.isProven());
  const [ended] = await hub.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'takeout-liveness' and datname = current_database()`;
  expect(ended).toBeDefined();
  await liveness.leave();
  expect(await hub.sql`select from hub_workers where worker_id = ${workerId}`).toHaveLength(0);
});
