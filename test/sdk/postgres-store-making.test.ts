import postgres from "postgres";
import { createPostgresStore } from "takeout-sdk/postgres";
import { expect, test } from "vitest";
import { createStatements } from "../../sdk/src/postgres/statements.ts";
import { createDatabase } from "../support/database.ts";
import { until } from "../support/processes.ts";

test("a process that waits while another makes the table finds it made", async () => {
  await using database = await createDatabase();
  await using store = createPostgresStore({
    connectionString: database.url,
    schema: "shared",
    graphileSchema: "shared_worker",
  });
  const { lockMaking, make } = createStatements("shared", "shared_worker");
  const sql = postgres(database.url, { max: 2, onnotice: () => {} });
  const { asked } = await sql.begin(async (tx) => {
    await tx.unsafe(lockMaking);
    const asked = store.isOpen(["nobody"]);
    asked.catch(() => {});
    await until("the one that waits", async () => {
      const [waiting] = await sql`
        select from pg_locks where locktype = 'advisory' and not granted`;
      return waiting !== undefined;
    });
    await tx.unsafe(make);
    return { asked };
  });
  await sql.end();
  expect(await asked).toBe(false);
});

test("a schema that another service makes beside it, in the same database, stops nothing", async () => {
  await using database = await createDatabase();
  const { exitCode } = process;
  const [errors, done]: [unknown[], string[]] = [[], []];
  const storeOf = (name: string) =>
    createPostgresStore({
      connectionString: database.url,
      schema: `${name}_takeout`,
      graphileSchema: `${name}_worker`,
    });
  await using rides = storeOf("rides");
  await using realty = storeOf("realty");
  const running = await rides.start(
    async (key) => {
      done.push(key);
      await rides.change([key], () => ({ body: {}, users: [], lane: "run", wakeInMs: null }));
    },
    (error) => errors.push(error),
  );
  await realty.isOpen(["nobody"]);
  await rides.change(["later"], () => ({ body: {}, users: [], lane: "run", wakeInMs: 0 }));
  await until("the work that came after it", () => done.includes("later"));
  await running.stop(0);
  expect({ errors, exitCode: process.exitCode }).toEqual({ errors: [], exitCode });
});

test("a newer graphile-worker that changes its own schema for good is heard of", async () => {
  await using database = await createDatabase();
  const { exitCode } = process;
  const errors: unknown[] = [];
  await using store = createPostgresStore({ connectionString: database.url });
  const running = await store.start(
    async () => {},
    (error) => errors.push(error),
  );
  const sql = postgres(database.url, { max: 1 });
  await sql`insert into graphile_worker.migrations (id, breaking) values (9999, true)`;
  const notice = JSON.stringify({ migrationNumber: 9999, breaking: true });
  await until("the end of it", async () => {
    await sql`select pg_notify('worker:migrate', ${notice})`;
    return errors.length > 0;
  });
  await sql.end();
  await running.stop(0);
  process.exitCode = exitCode;
  expect(String(errors[0])).toContain("graphile-worker has stopped");
});
