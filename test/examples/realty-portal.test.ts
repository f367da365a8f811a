import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ListeningServer, listen } from "../../src/http/server.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { findFreePort } from "../support/ports.ts";
import { type RunningProcess, startProcess, until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";

/** A category of the example, the table it lives in, and a row of it as the user would make one. */
const categories = [
  { id: "1", table: "favorites", columns: { offer_id: 7 } },
  { id: "2", table: "subscriptions", columns: { query: "by the sea" } },
  { id: "3", table: "offers", columns: { title: "Flat", from_feed: false } },
  { id: "4", table: "hidden_offers", columns: { offer_id: 7, why: "noise" } },
  { id: "5", table: "notes", columns: { offer_id: 7, note: "call back" } },
  { id: "6", table: "comparisons", columns: { offer_ids: [7, 8] } },
  { id: "7", table: "mortgage_applications", columns: { bank: "Bank" } },
] as const;
type Category = (typeof categories)[number];

let database: TestDatabase;
let sql: postgres.Sql;
let hub: TestHub;
let server: ListeningServer;
let realty: RunningProcess;

beforeAll(async () => {
  database = await createDatabase();
  const port = await findFreePort();
  const client = await createClient("realty");
  const service = { name: "realty", url: `http://127.0.0.1:${port}`, client };
  hub = await createTestHub({ categories: categories.map(({ id }) => id), services: [[service]] });
  server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
  const main = join(import.meta.dirname, "..", "..", "examples", "realty", "main.ts");
  realty = startProcess(process.execPath, [main], {
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: database.url,
      TAKEOUT_SERVICE_KEY: JSON.stringify(client.privateJwk),
      TAKEOUT_HUB_URL: server.address,
    },
  });
  await until("realty", () => realty.output().includes("listening"));
  sql = postgres(database.url, { max: 2 });
});

afterAll(async () => {
  await sql.end();
  realty.child.kill("SIGTERM");
  expect(await realty.exit).toEqual({ code: 0, signal: null });
  await server.close();
  await hub[Symbol.asyncDispose]();
  await database.drop();
});

test.each(categories)(
  "deleting $table takes the user's rows up to the fence, and nothing else in the schema",
  async (category) => {
    const uid = String(4010 + Number(category.id));
    const before = await readSchema();
    expect((await hub.remove(uid, "r", [category.id])).status).toBe(200);
    const fence = await readFence(category.id);
    const atFence = await insert(category, uid, fence);
    const afterFence = await insert(category, uid, new Date(fence.getTime() + 1));
    await drainUntilClosed(category.id);
    const after = await readSchema();
    const gone = [...before, ...[atFence, afterFence]].filter((row) => !after.includes(row));
    const made = after.filter((row) => !before.includes(row) && row !== afterFence);
    expect(after).toContain(afterFence);
    expect(gone).toEqual([...before.filter((row) => isOf(row, category, uid)), atFence]);
    // Applications of a mortgage stay, flagged; of everything else nothing stays.
    const flagged = category.id === "7" ? gone.map((row) => row.replace(",f,", ",t,")) : [];
    expect(made.sort()).toEqual(flagged.sort());
    const status = await hub.status(uid);
    const state = status.data.find((row: { id: string }) => row.id === category.id);
    expect(state).toMatchObject({ state: "empty", update_date: expect.any(String) });
    expect(state.retained).toEqual(
      category.id === "7" ? [{ service: "realty", reason: "credit_records" }] : undefined,
    );
  },
);

test("an offer of an agency's feed is not the user's own, and stays", async () => {
  const uid = "4030";
  const countFeed = () => sql`
    select count(*)::int from realty.offers where uid = ${uid} and from_feed`;
  const [before] = await countFeed();
  await hub.remove(uid, "feed", ["3"]);
  await drainUntilClosed("3");
  expect(await countFeed()).toEqual([before]);
  expect(before?.count).toBeGreaterThan(0);
});

/** Every row of every table of the service, as text with its table's name. */
async function readSchema(): Promise<string[]> {
  const lists = categories.map(async ({ table }) => {
    const rows = await sql<
      { row: string }[]
    >`select t::text as row from ${sql(`realty.${table}`)} t`;
    return rows.map(({ row }) => `${table}${row}`);
  });
  return (await Promise.all(lists)).flat();
}

/** Whether a row goes when the user deletes the category. */
function isOf(row: string, { id, table }: Category, uid: string): boolean {
  const [, owner] = row.slice(table.length + 1).split(",");
  if (!row.startsWith(`${table}(`) || owner !== uid) return false;
  return id !== "3" || row.includes(",f,");
}

async function insert({ table, columns }: Category, uid: string, at: Date): Promise<string> {
  const [made] = await sql<{ id: string }[]>`
    insert into ${sql(`realty.${table}`)} ${sql({ uid, ...columns, created_at: at })} returning id`;
  const [read] = await sql<{ row: string }[]>`
    select t::text as row from ${sql(`realty.${table}`)} t where id = ${made?.id ?? 0}`;
  return `${table}${read?.row}`;
}

async function readFence(categoryId: string): Promise<Date> {
  const [row] = await hub.sql<{ at: number }[]>`
    select (extract(epoch from accepted_at) * 1000)::float8 as at
      from deletions join deletion_categories c on c.deletion_id = id
     where category_id = ${categoryId} order by accepted_at desc limit 1`;
  return new Date(row?.at ?? Number.NaN);
}

async function drainUntilClosed(categoryId: string): Promise<void> {
  await until(`the deletion of category ${categoryId}`, async () => {
    await hub.drain();
    const [open] = await hub.sql`
      select 1 from deletion_categories where category_id = ${categoryId} and closed_at is null`;
    return open === undefined;
  });
}
