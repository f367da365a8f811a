import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeHub, startFakeHub } from "../sdk/fake-hub.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { until } from "../support/processes.ts";
import { callExample, type Deletion, deletionOf } from "./support/calls.ts";
import { type Example, startExample } from "./support/example.ts";
import { hold, untilSomebodyWaits } from "./support/killed.ts";

let hub: FakeHub;
let database: TestDatabase;
let sql: postgres.Sql;
let rides: Example;
beforeAll(async () => {
  [hub, database] = [await startFakeHub(), await createDatabase()];
  sql = postgres(database.url, { max: 3, onnotice: () => {} });
  rides = await startExample({ name: "rides", databaseUrl: database.url, hubUrl: hub.url });
});
afterAll(async () => {
  await rides[Symbol.asyncDispose]();
  await sql.end();
  await database.drop();
  await hub[Symbol.asyncDispose]();
});
beforeEach(() => {
  hub.reports.length = 0;
});

const category = "8";
const anHourAgo = () => new Date(Date.now() - 3_600_000);

/** A call with every identifier of one of the demonstration's users. */
function deletionOfPerson(uid: string): Deletion {
  const deletion = deletionOf(uid, [category]);
  return {
    ...deletion,
    yandex_uids: [...deletion.yandex_uids, { uid: `700000${uid}`, is_portal: false }],
    user_ids: [`user-${uid}`, `old-user-${uid}`],
    phone_ids: [`phone-${uid}`],
    personal_phone_ids: [`tel-${uid}`],
    personal_email_ids: [`mail-${uid}`],
  };
}

async function reported(): Promise<Record<string, unknown>> {
  await until("the report", () => hub.reports.length > 0);
  return hub.reports.at(-1)?.body ?? {};
}

async function remove(deletion: Deletion): Promise<Record<string, unknown>> {
  expect((await callExample(hub, rides, "delete", deletion)).status).toBe(202);
  return await reported();
}

async function categoryOf(deletion: Deletion): Promise<unknown> {
  const { yandex_uids, user_ids, phone_ids, personal_phone_ids, personal_email_ids } = deletion;
  const ids = { yandex_uids, user_ids, phone_ids, personal_phone_ids, personal_email_ids };
  const answer = await callExample(hub, rides, "status", { ...ids, categories: [category] });
  return ((await answer.json()) as { categories: unknown[] }).categories[0];
}

/** Every row of the service, as text. */
async function listRows(): Promise<string[]> {
  const rows = await sql<{ row: string }[]>`
    select 'ride' || t::text as row from rides.rides t where route not like 'Ride %'
    union all select 'contact' || t::text from rides.contacts t
    union all select 'debt' || t::text from rides.debts t`;
  return rows.map(({ row }) => row);
}

test("rides go by every identifier under which they were ordered, and nobody else's", async () => {
  const before = await listRows();
  const own = before.filter((row) => /(-|,|700000)4010[,)]/.test(row));
  expect(own).toHaveLength(7 + 2);
  expect(await categoryOf(deletionOfPerson("4010"))).toMatchObject({
    data_state: "ready_to_delete",
  });
  expect(await remove(deletionOfPerson("4010"))).toMatchObject({
    state: "deleted",
    outcome: "erased",
    category_id: category,
  });
  const after = await listRows();
  expect(before.filter((row) => !after.includes(row))).toEqual(own);
  expect(after.filter((row) => !before.includes(row))).toEqual([]);
  await until("the end of the work", async () => {
    const { data_state } = (await categoryOf(deletionOfPerson("4010"))) as { data_state: string };
    return data_state === "empty";
  });
});

test.each([
  ["uid", { uid: "72001" }, {}],
  ["phonish uid", { uid: "72002" }, { yandex_uids: [{ uid: "72002", is_portal: false }] }],
  ["user id", { user_id: "u-72003" }, { user_ids: ["other", "u-72003"] }],
  ["phone id", { phone_id: "p-72004" }, { phone_ids: ["p-72004"] }],
])("a ride is found by its %s alone, up to the fence", async (_kind, columns, ids) => {
  const deletion = { ...deletionOf("72001", [category]), ...ids, deletion_id: `d-${randomUUID()}` };
  const fence = new Date(deletion.to);
  const late = new Date(fence.getTime() + 1);
  const rows = [anHourAgo(), fence, late].map((created_at) => ({
    ...columns,
    route: "There",
    cents: 1,
    created_at,
  }));
  const [[column = "", value = ""] = []] = Object.entries(columns);
  await sql`insert into rides.rides ${sql(rows)}`;
  expect(await remove(deletion)).toMatchObject({ outcome: "erased" });
  expect(await sql`select created_at from rides.rides where ${sql(column)} = ${value}`).toEqual([
    { created_at: late },
  ]);
});

test.each([
  ["personal phone id", { personal_phone_id: "pp-1" }, { personal_phone_ids: ["pp-1"] }],
  ["personal email id", { personal_email_id: "pe-1" }, { personal_email_ids: ["pe-1"] }],
])("a contact is found by its %s alone, up to the fence", async (_kind, columns, ids) => {
  const deletion = { ...deletionOf("72010", [category]), ...ids, deletion_id: `d-${randomUUID()}` };
  const late = new Date(Date.parse(deletion.to) + 1);
  const rows = [anHourAgo(), late].map((created_at) => ({ ...columns, label: "x", created_at }));
  await sql`insert into rides.contacts ${sql(rows)}`;
  expect(await categoryOf(deletion)).toMatchObject({ data_state: "ready_to_delete" });
  expect(await remove(deletion)).toMatchObject({ outcome: "erased" });
  expect(await sql`select created_at from rides.contacts where label = 'x'`).toEqual([
    { created_at: late },
  ]);
  await sql`delete from rides.contacts where label = 'x'`;
});

test("who owes money is refused with the reason, and keeps everything; who has paid is not", async () => {
  const before = await listRows();
  expect(await categoryOf(deletionOfPerson("4003"))).toMatchObject({ denied: { reason: "debt" } });
  expect(await remove(deletionOfPerson("4003"))).toMatchObject({
    state: "delete_failed",
    error: { code: "delete_denied" },
    reason: "debt",
    retriable: false,
  });
  expect(await listRows()).toEqual(before);
  hub.reports.length = 0;
  await sql`update rides.debts set paid_at = clock_timestamp() where phone_id = 'phone-4003'`;
  const paid = { ...deletionOfPerson("4003"), deletion_id: "d-paid" };
  expect(await remove(paid)).toMatchObject({ state: "deleted", outcome: "erased" });
  expect(await sql`select from rides.debts where phone_id = 'phone-4003'`).toHaveLength(0);
});

test("killed in the middle of a long deletion it goes on by itself, and reports once it is done", async () => {
  const uid = "72020";
  await sql`
    insert into rides.rides (uid, route, cents, created_at)
      select ${uid}, 'There', n, ${anHourAgo()} from generate_series(1, 25000) as n`;
  const count = async () =>
    (await sql`select count(*)::int as rows from rides.rides where uid = ${uid}`)[0]?.rows;
  {
    await using _held = await hold(
      sql,
      (tx) => tx`select from rides.rides where uid = ${uid} order by id desc limit 1 for update`,
    );
    const answer = await callExample(hub, rides, "delete", deletionOf(uid, [category]));
    expect(answer.status).toBe(202);
    await untilSomebodyWaits(sql);
    expect(await count()).toBe(5_000);
    expect(await categoryOf(deletionOf(uid, [category]))).toMatchObject({
      data_state: "delete_in_progress",
    });
    await rides.crash();
    expect(await categoryOf(deletionOf(uid, [category]))).toMatchObject({
      data_state: "delete_in_progress",
    });
    expect(hub.reports).toEqual([]);
  }
  expect(await reported()).toMatchObject({ state: "deleted", outcome: "erased", attempt: 1 });
  expect(await count()).toBe(0);
  expect(hub.reports).toHaveLength(1);
});

test("a report that the hub could not take outlives the process", async () => {
  const uid = "72030";
  await sql`insert into rides.rides (uid, route, cents, created_at) values (${uid}, 'There', 1, ${anHourAgo()})`;
  hub.always = { status: 503 };
  await callExample(hub, rides, "delete", deletionOf(uid, [category]));
  await until("the refused report", () => hub.reports.length > 0);
  expect(await rides.stop()).toEqual({ code: 0, signal: null });
  hub.always = undefined;
  hub.reports.length = 0;
  await rides.crash();
  expect(await reported()).toMatchObject({ state: "deleted", outcome: "erased" });
});

test("two that start at once seed once, and its page shows how many rides there are", async () => {
  await using fresh = await createDatabase();
  const options = { name: "rides", databaseUrl: fresh.url, hubUrl: hub.url };
  const started = await Promise.all([startExample(options), startExample(options)]);
  await using one = started[0];
  await using _two = started[1];
  const page = await (await fetch(`${one.url}/rows?uid=4004`)).json();
  const tables = Object.fromEntries(
    (page as { tables: { name: string; count: number; rows: unknown[] }[] }).tables.map(
      ({ name, count, rows }) => [name, [count, rows.length]],
    ),
  );
  expect(tables).toEqual({ rides: [200_007, 200], contacts: [2, 2], debts: [0, 0] });
});
