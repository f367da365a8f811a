import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { validateIdentityAnswer } from "../../generated/validators.js";
import { type FakeHub, startFakeHub } from "../sdk/fake-hub.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { namesIn } from "../support/naming.ts";
import { until } from "../support/processes.ts";
import { callExample, deletionOf } from "./support/calls.ts";
import { type Example, startExample } from "./support/example.ts";
import { hold, untilSomebodyWaits } from "./support/killed.ts";

let hub: FakeHub;
let database: TestDatabase;
let sql: postgres.Sql;
let identity: Example;
beforeAll(async () => {
  [hub, database] = [await startFakeHub(), await createDatabase()];
  sql = postgres(database.url, { max: 3, onnotice: () => {} });
  identity = await startExample({ name: "identity", databaseUrl: database.url, hubUrl: hub.url });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await sql.end();
  await database.drop();
  await hub[Symbol.asyncDispose]();
});

async function ask(body: unknown, ticket?: string): Promise<Response> {
  return await fetch(`${identity.url}/v1/identity/resolve`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(ticket === "" ? {} : { "x-ya-service-ticket": ticket ?? (await resolverTicket()) }),
    },
    body: JSON.stringify(body),
  });
}

const resolverTicket = () => hub.client.serviceTicket("identity-resolver");

async function resolved(uid: string): Promise<unknown> {
  const answer = await ask({ yandex_uid: uid, origin: "portal" });
  expect(answer.status).toBe(200);
  const body: unknown = await answer.json();
  expect(validateIdentityAnswer(body)).toBe(true);
  return body;
}

const problem = (status: number, code: string) => {
  const text = expect.any(String);
  return { title: text, status, code, request_id: text };
};

const mira = {
  yandex_uids: [
    { uid: "4001", is_portal: true },
    { uid: "7000004001", is_portal: false },
  ],
  user_ids: ["user-4001", "old-user-4001"],
  phone_ids: ["phone-4001"],
  personal_phone_ids: ["tel-4001"],
  personal_email_ids: ["mail-4001"],
  complete: true,
};

test.each(["4001", "7000004001"])(
  "all identifiers of a person are told for account %s",
  async (uid) => {
    expect(await resolved(uid)).toEqual(mira);
  },
);

test("of somebody unknown the hub is told that it has the uid alone", async () => {
  const answer = await ask({ yandex_uid: "99999", origin: "portal" });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual(problem(404, "not_found"));
});

test("who is linked by more than a list can hold is not called complete", async () => {
  await sql`insert into identity.links (uid, kind, value)
    select '73001', 'user', 'many-' || n from generate_series(1, 1001) as n`;
  expect(await resolved("73001")).toMatchObject({ complete: false });
  await sql`delete from identity.links where uid = '73001' and value = 'many-1'`;
  expect(await resolved("73001")).toMatchObject({ complete: true });
});

test.each<[number, string, () => Promise<Response>]>([
  [401, "service_ticket_missing", () => ask({ yandex_uid: "4001" }, "")],
  [401, "service_ticket_invalid", () => ask({ yandex_uid: "4001" }, "a.b.c")],
  [
    401,
    "service_ticket_invalid",
    // A ticket for deletions does not open this door.
    async () => ask({ yandex_uid: "4001" }, await hub.client.serviceTicket("identity")),
  ],
  [400, "bad_request", () => ask({ yandex_uid: "4001x" })],
  [400, "bad_request", () => ask(null)],
  [413, "body_too_large", () => ask({ yandex_uid: "4".repeat(20_000) })],
])("a question that is not right is answered %i %s", async (status, code, send) => {
  const answer = await send();
  const body = await answer.json();
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(body).toEqual(problem(status, code));
  expect(namesIn(JSON.stringify(body), "4001")).toEqual([]);
});

test("links go up to the fence; what was used since still leads to the person", async () => {
  const deletion = deletionOf("4020", ["8"]);
  const late = new Date(Date.parse(deletion.to) + 1);
  await sql`update identity.links set used_at = ${late} where uid = '4020' and kind = 'phone'`;
  expect((await callExample(hub, identity, "delete", deletion)).status).toBe(200);
  expect(hub.reports.at(-1)?.body).toMatchObject({ state: "deleted", outcome: "erased" });
  expect(await resolved("4020")).toMatchObject({
    yandex_uids: [{ uid: "4020", is_portal: true }],
    user_ids: [],
    phone_ids: ["phone-4020"],
  });
  expect(await resolved("4021")).toMatchObject({ user_ids: ["user-4021", "old-user-4021"] });
});

test("killed in the middle of its deletion it does it when it is called again", async () => {
  const deletion = deletionOf("4030", ["8"]);
  hub.reports.length = 0;
  {
    await using _held = await hold(
      sql,
      (tx) => tx`select from identity.links where uid = '4030' for update`,
    );
    const cut = callExample(hub, identity, "delete", deletion).catch(() => undefined);
    await untilSomebodyWaits(sql);
    await identity.crash();
    await cut;
  }
  expect(hub.reports).toEqual([]);
  await callExample(hub, identity, "delete", { ...deletion, attempt: 2 });
  await until("the report", () => hub.reports.length === 1);
  expect(hub.reports[0]?.body).toMatchObject({ state: "deleted", attempt: 2 });
  expect((await ask({ yandex_uid: "4030", origin: "portal" })).status).toBe(404);
});
