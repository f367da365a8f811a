import postgres from "postgres";
import { expect, test } from "vitest";
import { startFakeHub } from "../sdk/fake-hub.ts";
import { createDatabase } from "../support/database.ts";
import { until } from "../support/processes.ts";
import { callExample, deletionOf } from "./support/calls.ts";
import { startExample } from "./support/example.ts";
import { hold, untilSomebodyWaits } from "./support/killed.ts";

const categories = ["1", "2", "3", "4", "5", "6", "7"];
const uid = "4050";

test("killed at one of seven categories it goes on with that one by itself, and repeats none that is done", async () => {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startFakeHub());
  const database = stack.use(await createDatabase());
  const sql = postgres(database.url, { max: 3, onnotice: () => {} });
  stack.defer(() => sql.end());
  const options = { name: "realty", databaseUrl: database.url, hubUrl: hub.url };
  const realty = stack.use(await startExample(options));
  const reported = () => hub.reports.map(({ body }) => body.category_id).sort();
  const deletion = deletionOf(uid, categories);
  {
    await using _held = await hold(
      sql,
      (tx) => tx`select from realty.notes where uid = ${uid} for update`,
    );
    expect((await callExample(hub, realty, "delete", deletion)).status).toBe(202);
    await until("six reports", () => hub.reports.length === 6);
    await untilSomebodyWaits(sql);
    // A step that ran again would take this row: it was there before the fence, as far as can be seen.
    await sql`
      insert into realty.favorites (uid, offer_id, created_at)
      values (${uid}, 1, ${new Date(Date.parse(deletion.to) - 1)})`;
    await realty.crash();
    expect(reported()).toEqual(["1", "2", "3", "4", "6", "7"]);
  }
  await until("the seventh report", () => hub.reports.length === 7);
  expect(reported()).toEqual(categories);
  expect(hub.reports.at(-1)?.body).toMatchObject({
    category_id: "5",
    state: "deleted",
    // The database may have carried out, on its own, what the killed process had asked.
    outcome: expect.stringMatching(/^(erased|nothing_found)$/),
    attempt: 1,
  });
  expect(await sql`select from realty.notes where uid = ${uid}`).toHaveLength(0);
  expect(await sql`select from realty.favorites where uid = ${uid}`).toHaveLength(1);
});
