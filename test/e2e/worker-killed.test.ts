import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient, doneReport } from "./support/hub-client.ts";
import { createLandscape } from "./support/landscape.ts";

const uid = "4001";
/** The grace of the sweep, its interval, and a busy machine. */
const patienceMs = 60_000;

test("a worker killed while it calls: another brings the part to its end, and done is done", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty, { timeout: { delete: "1s" } }]],
  });
  const sql = postgres(database.url, { max: 2 });
  const released = Promise.withResolvers<void>();
  realty.onDelete = async () => {
    if (realty.deletes().length === 1) await released.promise; // never answered while its caller lives
    return { status: 200 };
  };
  try {
    await using serving = landscape.start("serve");
    const hub = createHubClient(await serving.address(), landscape.portal);
    const killed = landscape.start("work");
    expect(await hub.remove(uid, "r1", ["1"])).toMatchObject({ status: 200 });
    await until("the first call", () => realty.deletes().length === 1);
    killed.child.kill("SIGKILL");
    expect(await killed.exit).toMatchObject({ signal: "SIGKILL" });
    released.resolve();
    const [left] = await sql`select state, attempt, leased_by from parts`;
    expect(left).toMatchObject({ state: "calling", attempt: 1, leased_by: expect.any(String) });

    await using successor = landscape.start("work");
    await until("the second call", () => realty.deletes().length === 2, patienceMs);
    const [first, second] = realty.deletes().map(({ body }) => body);
    expect(second).toEqual({ ...first, attempt: 2 });
    await until("its answer", async () => {
      const [part] = await sql`select state from parts`;
      return part?.state === "accepted";
    });
    expect(await hub.report(realty, doneReport(second, "1"))).toMatchObject({ status: 200 });
    expect((await hub.status(uid)).body.data[0]).toMatchObject({ id: "1", state: "empty" });
    const [closed] = await sql`select closed_at, sealed from deletions`;
    expect(closed).toMatchObject({ closed_at: expect.any(Date), sealed: null });

    // Neither a late report of the first attempt nor a stray job calls again.
    const stale = { ...doneReport(first, "1"), state: "delete_failed" };
    expect(await hub.report(realty, stale)).toMatchObject({ status: 200 });
    await sql`select graphile_worker.add_job('drive_deletion',
      json_build_object('deletion_id', ${second.deletion_id}::text))`;
    await until("the stray job to be taken", async () => {
      const waiting = await sql`select from graphile_worker.jobs where locked_at is null`;
      return waiting.length === 0;
    });
    successor.child.kill("SIGTERM"); // waits for the drive that may still run
    expect(await successor.exit).toMatchObject({ code: 0 });
    expect(realty.deletes()).toHaveLength(2);
    expect(await sql`select state from parts`).toEqual([{ state: "deleted" }]);
  } finally {
    await sql.end();
  }
});

test("a lost queue row costs seconds, never the request: the sweep adds it again", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty, { completion: "answer" }]],
  });
  const sql = postgres(database.url, { max: 1 });
  try {
    await using serving = landscape.start("serve");
    const hub = createHubClient(await serving.address(), landscape.portal);
    expect(await hub.remove(uid, "r1", ["1"])).toMatchObject({ status: 200 });
    expect(await sql`delete from graphile_worker._private_jobs returning 1`).toHaveLength(1);
    await using _worker = landscape.start("work");
    await until(
      "the deletion to be done",
      async () => {
        const [deletion] = await sql`select closed_at from deletions`;
        return deletion?.closed_at !== null;
      },
      patienceMs,
    );
    expect(realty.deletes()).toHaveLength(1);
  } finally {
    await sql.end();
  }
});
