import { join } from "node:path";
import postgres from "postgres";
import { createPostgresStore } from "takeout-sdk/postgres";
import type { WorkStore } from "takeout-sdk/service";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { namesIn } from "../support/naming.ts";
import { type RunningProcess, startProcess, until } from "../support/processes.ts";
import { createClient, type TestClient } from "../support/tickets.ts";
import { type FakeHub, problem, startFakeHub } from "./fake-hub.ts";
import { deleteBody, user } from "./running-service.ts";

const main = join(import.meta.dirname, "fixtures", "durable-service.ts");

let database: TestDatabase;
let sql: postgres.Sql;
let hub: FakeHub;
let realty: TestClient;
beforeAll(async () => {
  [database, realty] = [await createDatabase(), await createClient("realty")];
  sql = postgres(database.url, { max: 3, onnotice: () => {} });
  await sql`create table things (id bigint generated always as identity primary key,
    uid text not null, created_at timestamptz not null)`;
  await sql`create table permits (id bigint generated always as identity primary key)`;
  await sql`create table runs (name text, deletion_id text, attempt int, resumed int, fence timestamptz)`;
  await sql`create table ends (name text, deletion_id text)`;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});
beforeEach(async () => {
  hub = await startFakeHub();
  await sql`truncate things, permits, runs, ends`;
  // What an earlier test left to be done is not this one's.
  await sql`do $$ begin
    if to_regclass('takeout.work') is not null then truncate takeout.work; end if; end $$`;
});
afterEach(() => hub[Symbol.asyncDispose]());

interface Service extends RunningProcess {
  call(path: string, body: object): Promise<Response>;
}

async function startService(name: string, env: Record<string, string> = {}): Promise<Service> {
  const running = startProcess(process.execPath, [main], {
    env: {
      ...process.env,
      NAME: name,
      DATABASE_URL: database.url,
      HUB_URL: hub.url,
      SERVICE_KEY: JSON.stringify(realty.privateJwk),
      ...env,
    },
  });
  const port = await until(`${name}: ${running.output()}`, () => {
    if (running.child.exitCode !== null) throw new Error(running.output());
    return /listening on (\d+)/.exec(running.output())?.[1];
  });
  const ticket = await hub.client.serviceTicket("realty");
  const headers = { "content-type": "application/json", "x-ya-service-ticket": ticket };
  const call = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
  return { ...running, call };
}

const remove = (service: Service, id: string, more: object = {}) =>
  service.call("/v1/takeout/delete/", { ...deleteBody, deletion_id: id, ...more });

async function stateIn(service: Service): Promise<string | undefined> {
  const answer = await service.call("/v1/takeout/status/", { ...user, categories: ["1"] });
  return ((await answer.json()) as { categories: { data_state: string }[] }).categories[0]
    ?.data_state;
}

async function addThings(count: number): Promise<void> {
  await sql`insert into things (uid, created_at)
    select '4001', '2025-12-01T00:00:00Z' from generate_series(1, ${count})`;
  await sql`insert into things (uid, created_at) values ('4001', '2026-01-01T00:00:00.001Z')`;
}

const permit = (count: number) =>
  sql`insert into permits select from generate_series(1, ${count})`.then(() => {});
const countOf = async (table: string) =>
  (await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(table)}`)[0]?.rows ?? 0;
const bodies = () => hub.reports.map(({ body }) => body);

test("what a killed process was at is done by its next start, and reported once", async () => {
  await addThings(5);
  const first = await startService("first");
  expect((await remove(first, "d-kill")).status).toBe(202);
  await permit(2);
  await until("the third row to go", async () => (await countOf("things")) === 3);
  first.child.kill("SIGKILL");
  await first.exit;
  expect(bodies()).toEqual([]);

  await using second = await startService("second");
  expect(await stateIn(second)).toBe("delete_in_progress");
  await permit(10);
  await until("the report", () => hub.reports.length > 0);
  await until("the end", async () => (await stateIn(second)) === "ready_to_delete");

  expect(bodies()).toMatchObject([
    { state: "deleted", deletion_id: "d-kill", attempt: 1, to: deleteBody.to, yandex_uid: "4001" },
  ]);
  const runs =
    await sql`select name, resumed is not null as resumed, fence from runs order by name`;
  expect(runs.map((run) => ({ ...run }))).toEqual([
    { name: "first", resumed: false, fence: new Date(deleteBody.to) },
    { name: "second", resumed: true, fence: new Date(deleteBody.to) },
  ]);
  const [left] = await sql`select created_at from things`;
  expect(left?.created_at).toEqual(new Date("2026-01-01T00:00:00.001Z"));
});

test("a report that the hub did not take survives a kill", async () => {
  await addThings(0);
  hub.always = problem(503, "unavailable");
  const first = await startService("first");
  await remove(first, "d-outbox");
  await until("a report in vain", () => hub.reports.length > 0);
  first.child.kill("SIGKILL");
  await first.exit;
  hub.always = undefined;
  hub.reports.length = 0;
  await using second = await startService("second");
  await until("the report", () => hub.reports.length > 0);
  await until("the end", async () => (await stateIn(second)) !== "delete_in_progress");
  expect(bodies()).toMatchObject([{ state: "deleted", deletion_id: "d-outbox" }]);
  expect(await countOf("ends")).toBe(1);
});

test("another living process takes over from a killed one", async () => {
  await addThings(3);
  const first = await startService("first");
  await remove(first, "d-other");
  await until("the work", async () => (await countOf("runs")) === 1);
  await using second = await startService("second");
  first.child.kill("SIGKILL");
  await first.exit;
  await permit(10);
  await until("the report", () => hub.reports.length > 0);
  const names = await sql`select name from runs order by name`;
  expect(names.map(({ name }) => name)).toEqual(["first", "second"]);
  expect(bodies()).toMatchObject([{ state: "deleted", deletion_id: "d-other" }]);
  expect(second.child.exitCode).toBe(null);
});

test("two processes run each deletion once, however often both are called", async () => {
  await addThings(0);
  await using first = await startService("first");
  await using second = await startService("second");
  const ids = Array.from({ length: 20 }, (_, at) => `d-twice-${at}`);
  const answers = await Promise.all(
    ids.flatMap((id) =>
      [first, second].flatMap((to) => [remove(to, id), remove(to, id, { attempt: 2 })]),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await until("every report", () => {
    const newest = bodies().filter(({ attempt }) => attempt === 2);
    return new Set(newest.map((body) => body.deletion_id)).size === ids.length;
  });
  await until("the end", async () => (await stateIn(first)) !== "delete_in_progress");
  const runs = await sql`select deletion_id from runs`;
  expect(runs.map((run) => run.deletion_id).sort()).toEqual([...ids].sort());
});

test("a process asked to stop breaks long work off, and the next one goes on", async () => {
  await addThings(3);
  const first = await startService("first");
  await remove(first, "d-stop");
  await until("the work", async () => (await countOf("things")) === 3);
  first.child.kill("SIGTERM");
  expect((await first.exit).code).toBe(0);
  await using _second = await startService("second");
  await permit(10);
  await until("the report", () => hub.reports.length > 0);
  expect(bodies()).toMatchObject([{ state: "deleted" }]);
});

test("a process that does no work keeps what it is asked for those that do", async () => {
  await addThings(0);
  await using door = await startService("door", { STARTS: "no" });
  expect((await remove(door, "d-door")).status).toBe(202);
  expect(await stateIn(door)).toBe("delete_in_progress");
  await using _worker = await startService("worker");
  await until("the report", () => hub.reports.length > 0);
  const [run] = await sql`select name from runs`;
  expect(run?.name).toBe("worker");
});

/** Waits for what a living service does; one that died says what of. */
const untilIn = <T>(service: Service, what: string, check: () => T | Promise<T>) =>
  until(
    what,
    () => {
      if (service.child.exitCode !== null) throw new Error(service.output());
      return check();
    },
    patienceMs,
  );

/** As the hub does: a call is repeated until the service has a connection to keep it over. */
const removeIn = (service: Service, id: string) =>
  untilIn(service, id, async () => (await remove(service, id)).status === 202);

// Nothing waits so long; a machine may be busy with other things for a while.
const patienceMs = 120_000;

test(
  "when its connections are cut it goes on, and reports once",
  async () => {
    await addThings(2);
    await using service = await startService("first");
    await remove(service, "d-cut");
    await untilIn(service, "the work", async () => (await countOf("runs")) === 1);
    const cut = await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'store'`;
    expect(cut.length).toBeGreaterThan(2);
    await untilIn(service, "the loss to be noticed", () =>
      service.output().includes("store_failed"),
    );
    await permit(20);
    await untilIn(service, "the report", () => hub.reports.length > 0);
    const isOver = async () => (await stateIn(service)) !== "delete_in_progress";
    await untilIn(service, "the end", isOver);
    expect(bodies()).toMatchObject([{ state: "deleted", deletion_id: "d-cut" }]);
  },
  4 * patienceMs,
);

test(
  "a connection that is lost while a job is ended does not end the process",
  async () => {
    await addThings(0);
    await using service = await startService("first");
    await removeIn(service, "d-before");
    await untilIn(service, "the report", () => hub.reports.length > 0);
    await sql`create function cut() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return old; end $$`;
    await sql`create trigger cut before delete on graphile_worker._private_jobs
      for each row execute function cut()`;
    try {
      await removeIn(service, "d-loses");
      await untilIn(service, "the report", () => hub.reports.length > 1);
      await removeIn(service, "d-after");
      await untilIn(service, "the next report", () => hub.reports.length > 2);
    } finally {
      await sql`drop function cut() cascade`;
    }
    expect(bodies().map(({ deletion_id }) => deletion_id)).toEqual([
      "d-before",
      "d-loses",
      "d-after",
    ]);
    expect(service.child.exitCode).toBe(null);
  },
  4 * patienceMs,
);

test("nothing that is over bears an identifier, in the table or among the jobs", async () => {
  await addThings(0);
  await using service = await startService("first");
  await remove(service, "d-forget", { phone_ids: ["phone-77"], request_id: "portal-88" });
  await until("the end", async () => (await stateIn(service)) !== "delete_in_progress");
  await until("the job's end", async () => {
    const [job] = await sql`select from graphile_worker.jobs where key like '%d-forget%'`;
    return job === undefined;
  });
  const rows = await sql`
    select work::text as row from takeout.work as work
    union all select job::text from graphile_worker._private_jobs as job`;
  const text = rows.map(({ row }) => row).join("\n");
  expect(text).toContain("d-forget");
  expect(namesIn(text, "4001", "phone-77", "portal-88")).toEqual([]);
});

describe("as a store", () => {
  let store: ReturnType<typeof createPostgresStore>;
  beforeEach(() => {
    store = createPostgresStore({ connectionString: database.url });
  });
  afterEach(() => store.close());

  const put = (n: number, users: string[] = []) =>
    ({ body: { n }, users, lane: "run", wakeInMs: null }) as const;

  test("changes of one key made at once are made one after the other", async () => {
    await using other = createPostgresStore({ connectionString: database.url });
    const add: Parameters<WorkStore["change"]>[1] = (_, before) => put(Number(before?.n ?? 0) + 1);
    const stores = [store, other];
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => (stores[at % 2] ?? store).change(["a b", "a a"], add)),
    );
    const seen: unknown[] = [];
    await store.change(["a a", "a b", "a c"], (_, before) => {
      seen.push(before?.n);
      return undefined;
    });
    expect(seen).toEqual([20, 20, undefined]);
  });

  test("what one performs is not performed by another that starts meanwhile", async () => {
    // Busy with the one, so that the other gets every job that is added now.
    await using busy = createPostgresStore({ connectionString: database.url, concurrency: 1 });
    const held = Promise.withResolvers<void>();
    const performed: string[] = [];
    const performIn = (name: string) => async (key: string) => {
      performed.push(`${key} in ${name}`);
      if (key === "long") await held.promise;
      await store.change([key], () => put(1));
    };
    const errors: unknown[] = [];
    const due = () => ({ ...put(0), wakeInMs: 0 });
    const first = await busy.start(performIn("first"), (error) => errors.push(error));
    await store.change(["long"], due);
    await until("the work", () => performed.length > 0);
    const second = await store.start(performIn("second"), (error) => errors.push(error));
    await store.change(["long"], due);
    for (const key of ["probe 1", "probe 2"]) {
      await store.change([key], due);
      await until(key, () => performed.includes(`${key} in second`));
    }
    expect(performed.filter((one) => one.startsWith("long"))).toEqual(["long in first"]);
    held.resolve();
    await Promise.all([first.stop(1_000), second.stop(1_000)]);
    expect(errors).toEqual([]);
  });

  test("the same key in another schema, or of another service, is other work", async () => {
    await using other = createPostgresStore({ connectionString: database.url, schema: "other" });
    const held = Promise.withResolvers<void>();
    const performed: string[] = [];
    const errors: unknown[] = [];
    const performIn = (name: string, where: WorkStore) => async (key: string) => {
      performed.push(`${key} in ${name}`);
      if (name === "first") await held.promise;
      await where.change([key], () => put(1));
    };
    const run = (name: string, where: WorkStore, owner: string) =>
      where.start(performIn(name, where), (error) => errors.push(error), owner);
    const due = () => ({ ...put(0), wakeInMs: 0 });
    const first = await run("first", store, "realty");
    await store.change(["realty: a"], due);
    await until("the work", () => performed.length > 0);
    const second = await run("second", other, "realty");
    await using third = createPostgresStore({ connectionString: database.url });
    const travel = await run("travel", third, "travel");
    await store.change(["travel: a"], due);
    await other.change(["realty: a"], due);
    await until("the others", () => performed.length >= 3);
    expect(performed.toSorted()).toEqual([
      "realty: a in first",
      "realty: a in second",
      "travel: a in travel",
    ]);
    held.resolve();
    await Promise.all([first.stop(1_000), second.stop(1_000), travel.stop(1_000)]);
    expect(errors).toEqual([]);
  });

  test("a deletion does not wait for exports, of which so many run at once as deletions may", async () => {
    await using narrow = createPostgresStore({ connectionString: database.url, concurrency: 1 });
    const gate = Promise.withResolvers<void>();
    const performed: string[] = [];
    const errors: unknown[] = [];
    const running = await narrow.start(
      async (key) => {
        performed.push(key);
        if (key.includes("export")) await gate.promise;
        await narrow.change([key], () => put(1));
      },
      (error) => errors.push(error),
      "realty",
    );
    for (const key of ["realty: export a", "realty: export b", "realty: delete a 1"]) {
      await narrow.change([key], () => ({ ...put(0), wakeInMs: 0 }));
      if (!key.endsWith("b")) await until(key, () => performed.includes(key));
    }
    expect(performed).toEqual(["realty: export a", "realty: delete a 1"]);
    gate.resolve();
    await until("the other export", () => performed.includes("realty: export b"));
    await running.stop(1_000);
    expect(errors).toEqual([]);
  });

  test("once closed it refuses whatever is asked, and opens nothing", async () => {
    await store.change(["a"], () => put(1));
    await store.close();
    for (const ask of [
      () => store.change(["a"], () => put(2)),
      () => store.isOpen(["1 4001"]),
      () => store.start(async () => {}, console.error),
    ]) {
      await expect(ask()).rejects.toThrow("the store is closed");
    }
    await store.close();
  });

  test("what is asked when its runner has stopped is kept, over a connection that lasts no longer", async () => {
    const running = await store.start(async () => {}, console.error);
    await running.stop(1_000);
    await sql`create table writers (pid int default pg_backend_pid())`;
    await sql`create function note_writer() returns trigger language plpgsql as $$
      begin insert into writers default values; return new; end $$`;
    await sql`create trigger note_writer before insert on takeout.work
      for each row execute function note_writer()`;
    try {
      for (const key of ["late", "later"]) await store.change([key], () => put(1, [`1 ${key}`]));
      expect(await store.isOpen(["1 late"])).toBe(true);
      const writers = await sql`select distinct pid from writers`;
      expect(writers).toHaveLength(2);
    } finally {
      await sql`drop function note_writer() cascade`;
      await sql`drop table writers`;
    }
  });

  test("tells whose work is open", async () => {
    await store.change(["open"], () => put(1, ["1 4001", "1 4002"]));
    expect(await store.isOpen(["1 4002"])).toBe(true);
    expect(await store.isOpen(["2 4002"])).toBe(false);
    await store.change(["open"], () => put(1));
    expect(await store.isOpen(["1 4002"])).toBe(false);
  });
});

test.each([
  [{}],
  [{ connectionString: "postgres://a", pgPool: {} as never }],
  [{ connectionString: "postgres://a", schema: "no; drop" }],
  [{ connectionString: "postgres://a", concurrency: 0 }],
])("unusable options throw TypeError at once: %j", (options) => {
  expect(() => createPostgresStore(options)).toThrow(TypeError);
});
