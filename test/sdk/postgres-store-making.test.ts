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
