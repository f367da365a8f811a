import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient } from "./support/hub-client.ts";
import { createLandscape, type Landscape } from "./support/landscape.ts";

// The lease of a call lasts a minute and more here, so whoever waited for it to run out would be late.
const settings = { timeout: { delete: "60s" } };
const resumeWithinMs = 30_000;

/** A hub whose first delete call is never answered, and a second worker that has lived long enough to judge. */
async function withTwoWorkers(
  check: (given: {
    landscape: Landscape;
    realty: FakeService;
    sql: postgres.Sql;
    caller: ReturnType<Landscape["start"]>;
    other: ReturnType<Landscape["start"]>;
  }) => Promise<void>,
): Promise<void> {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty, settings]],
  });
  const sql = postgres(database.url, { max: 2 });
  const held = Promise.withResolvers<void>();
  realty.onDelete = async () => {
    if (realty.deletes().length === 1) await held.promise;
    return { status: 200 };
  };
  try {
    await using serving = landscape.start("serve");
    const hub = createHubClient(await serving.address(), landscape.portal);
    await using caller = landscape.start("work");
    await hub.remove("4001", "r1", ["1"]);
    await until("the first call", () => realty.deletes().length === 1);
    await using other = landscape.start("work");
    await until("the second worker", async () => (await listWorkers(sql)).length === 2);
    await check({ landscape, realty, sql, caller, other });
  } finally {
    held.resolve();
    await sql.end();
  }
}

async function listWorkers(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ worker_id: string }[]>`select worker_id from hub_workers`;
  return rows.map(({ worker_id }) => worker_id).sort();
}

test("a killed worker's call is made again by another long before its lease runs out", async () => {
  await withTwoWorkers(async ({ realty, sql, caller }) => {
    caller.child.kill("SIGKILL");
    await caller.exit;
    await until("the second call", () => realty.deletes().length === 2, resumeWithinMs);
    const [first, second] = realty.deletes().map(({ body }) => body);
    expect(second).toEqual({ ...first, attempt: 2 });
    await until("the dead to be buried", async () => (await listWorkers(sql)).length === 1);
    const [part] = await sql`select failures from parts`;
    expect(part).toEqual({ failures: 0 }); // a lost call is not a failure of the service
  });
});

test("what a judge had begun to take over when it died itself is taken over by whoever comes next", async () => {
  await withTwoWorkers(async ({ realty, sql, caller, landscape, other }) => {
    for (const worker of [caller, other]) worker.child.kill("SIGKILL");
    await Promise.all([caller.exit, other.exit]);
    await sql`update hub_workers set gone_at = now()`;
    await using _next = landscape.start("work");
    await until("the second call", () => realty.deletes().length === 2, resumeWithinMs);
    await until("the dead to be buried", async () => (await listWorkers(sql)).length === 1);
  });
});

test("a worker that was taken for dead comes back by itself", async () => {
  await withTwoWorkers(async ({ sql }) => {
    const before = await listWorkers(sql);
    await sql`update hub_workers set gone_at = now()`;
    await until("both to live again", async () => {
      const living = await sql`select from hub_workers
        where gone_at is null and beat_at > now() - interval '1 s'`;
      return living.length === 2;
    });
    expect(await listWorkers(sql)).toEqual(before);
  });
});

test("a worker that is told to stop leaves its cut-off call to others at once", async () => {
  await withTwoWorkers(async ({ realty, sql, caller }) => {
    caller.child.kill("SIGTERM");
    await until("the second call", () => realty.deletes().length === 2, resumeWithinMs);
    expect(realty.deletes()[1]?.body).toMatchObject({ attempt: 2 });
    await until("the worker to have left", async () => (await listWorkers(sql)).length === 1);
  });
});

test("a worker whose liveness connection is cut is not taken for dead, and keeps its call", async () => {
  await withTwoWorkers(async ({ realty, sql }) => {
    const before = await listWorkers(sql);
    for (let cuts = 0; cuts < 10; cuts += 1) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                 where application_name = 'takeout-liveness' and datname = current_database()`;
      await until("both to be back", async () => {
        const [beating] = await sql<{ count: number }[]>`
          select count(*)::int from hub_workers where beat_at > now() - interval '1 s'`;
        const [held] = await sql<{ count: number }[]>`
          select count(*)::int from pg_locks where locktype = 'advisory' and classid = 7461
             and database = (select oid from pg_database where datname = current_database())`;
        return beating?.count === 2 && held?.count === 2;
      });
    }
    expect(await listWorkers(sql)).toEqual(before);
    expect(realty.deletes()).toHaveLength(1);
    const parts = await sql`select state, attempt from parts`;
    expect(parts).toEqual([{ state: "calling", attempt: 1 }]);
  });
});

test("a job that a living worker locks but does not run is freed by that worker", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty]],
  });
  const sql = postgres(database.url, { max: 2 });
  try {
    await using _worker = landscape.start("work");
    const pool = await until("its pool", async () => {
      const [row] = await sql<
        { pool: string | null }[]
      >`select pool_ids[1] as pool from hub_workers`;
      return row?.pool ?? undefined;
    });
    await sql`select graphile_worker.add_job('drive_deletion', run_at := now() + interval '1 h',
      payload := json_build_object('deletion_id', gen_random_uuid()))`;
    await sql`update graphile_worker._private_jobs
      set locked_by = ${pool}, locked_at = now() - interval '1 minute', run_at = now()`;
    await until("the job to be run", async () => {
      const [left] = await sql`select from graphile_worker._private_jobs`;
      return left === undefined;
    });
  } finally {
    await sql.end();
  }
});
