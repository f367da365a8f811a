import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sweep } from "../../src/flows/sweep.ts";
import { forgetLedger } from "../../src/flows/upkeep-ledger.ts";
import { cleanQueue } from "../../src/flows/upkeep-queue.ts";
import { forgetRequests } from "../../src/flows/upkeep-requests.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

const day = 86_400_000;
const keep = { requests: 90 * day, ledger: 1_095 * day };
const ledger = [
  "deletions",
  "deletion_categories",
  "deletion_aliases",
  "parts",
  "events",
  "reports",
  "own_states",
] as const;

let realty: FakeService;
let orders: FakeService;
let identity: FakeService;
let hub: TestHub;
let lastUid = 4_000;
let uid = "";

beforeAll(async () => {
  realty = await startFakeService("realty");
  orders = await startFakeService("orders");
  identity = await startFakeService("identity");
  identity.onDelete = ({ body }) => ({
    status: 200,
    body: {
      yandex_uids: [
        { uid: body.yandex_uid, is_portal: true },
        { uid: `9${body.yandex_uid}`, is_portal: false },
      ],
      complete: true,
    },
  });
  hub = await createTestHub({
    services: [[realty], [orders, { categories: ["2"] }]],
    config: {
      identity: { url: identity.url, client: "identity", timeoutMs: 10_000 },
      status: { budgetMs: 3_000, trustForMs: Number.POSITIVE_INFINITY },
    },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  for (const service of [realty, orders, identity]) await service[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await hub.sql`truncate requests, deletions, deletion_categories, deletion_aliases, parts, own_states,
    reports, events, request_deletions, graphile_worker._private_jobs`;
  for (const service of [realty, orders]) {
    service.calls.length = 0;
    service.onDelete = () => ({ status: 200 });
    service.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  }
  lastUid += 1;
  uid = `${lastUid}`;
});

/** Time, for all that is stored. */
async function pass(ms: number): Promise<void> {
  await hub.passTime(ms);
  const back = hub.sql`- ${ms} * interval '1 ms'`;
  await hub.sql`update requests set created_at = created_at ${back}`;
  await hub.sql`update request_deletions set created_at = created_at ${back}`;
  await hub.sql`update reports set received_at = received_at ${back}, last_received_at = last_received_at ${back}`;
}

async function begin(categoryIds: readonly string[] = ["1", "2"], of = uid): Promise<void> {
  expect((await hub.remove(of, `r${Math.random()}`, categoryIds)).status).toBe(200);
  await hub.drain();
}

async function finish(service: FakeService, ...categoryIds: string[]): Promise<void> {
  const order = service.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
  for (const id of categoryIds) {
    expect((await hub.report(service, doneReport(order, id))).status).toBe(200);
  }
}

async function deleteWhole(): Promise<void> {
  await begin();
  await finish(realty, "1", "2");
  await finish(orders, "2");
}

async function count(table: string): Promise<number> {
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from ${hub.sql(table)}`;
  return row?.count ?? 0;
}

async function counts(): Promise<Record<string, number>> {
  const rows = ledger.map(async (table) => [table, await count(table)] as const);
  return Object.fromEntries(await Promise.all(rows));
}

const nothing = Object.fromEntries(ledger.map((table) => [table, 0]));
const forget = () => forgetLedger(hub.flows);

describe("requests", () => {
  test("are forgotten after keep.requests, and a repeat is a new wish then", async () => {
    await hub.remove(uid, "r", ["1"]);
    await hub.drain();
    await finish(realty, "1");
    await pass(keep.requests - 60_000);
    await forgetRequests(hub.flows);
    expect((await hub.remove(uid, "r", ["1"])).status).toBe(200);
    expect(await count("deletions")).toBe(1);
    expect([await count("requests"), await count("request_deletions")]).toEqual([1, 1]);
    await pass(120_000);
    await forgetRequests(hub.flows);
    expect([await count("requests"), await count("request_deletions")]).toEqual([0, 0]);
    expect((await hub.remove(uid, "r", ["1"])).status).toBe(200);
    expect(await count("deletions")).toBe(2);
  });

  test("go in batches, and the young ones stay", async () => {
    await hub.remove(uid, "r", ["1"]);
    await hub.sql`
      insert into requests (subject, request_key, category_ids, created_at)
      select gen_random_uuid(), gen_random_uuid(), '{1}', now() - n * interval '1 hour'
        from generate_series(2150, 3360) as n`;
    await forgetRequests(hub.flows, AbortSignal.abort());
    expect(await count("requests")).toBe(1_212);
    await forgetRequests(hub.flows);
    expect(await count("requests")).toBe(2_160 - 2_150 + 1);
  });
});

test("an operator's key is forgotten after a day", async () => {
  await hub.sql`
    insert into idempotency_keys (key, request_hash, answer, created_at)
    select gen_random_uuid(), gen_random_uuid(), '{}', now() - n * interval '1 minute'
      from unnest('{1438, 1442}'::int[]) as n`;
  await forgetRequests(hub.flows);
  const left = await hub.sql`
    select round(extract(epoch from now() - created_at) / 60)::int as age from idempotency_keys`;
  expect(left).toEqual([{ age: 1_438 }]);
});

describe("a deletion", () => {
  test("is forgotten with all that belongs to it after keep.ledger, not before", async () => {
    await deleteWhole();
    const before = await counts();
    const { update_date: date } = (await hub.status(uid)).data[0];
    expect(ledger.filter((table) => before[table] === 0)).toEqual(["reports", "own_states"]);
    await pass(keep.ledger - 60_000);
    await forget();
    expect(await counts()).toEqual(before);
    const moved = (await hub.status(uid)).data[0].update_date;
    expect(Date.parse(date) - Date.parse(moved)).toBe(keep.ledger - 60_000);
    await pass(120_000);
    await forget();
    expect(await counts()).toEqual(nothing);
    expect((await hub.status(uid)).data[0]).toEqual({
      id: "1",
      slug: "category-1",
      state: "empty",
    });
  });

  test("that is open stays, however old, and so does what belongs to it", async () => {
    await begin();
    await finish(realty, "1");
    const before = await counts();
    await pass(2 * keep.ledger);
    await forget();
    expect(await counts()).toEqual(before);
  });

  test.each([
    ["failed", { state: "delete_failed", retriable: false }],
    ["retained", { state: "deleted", outcome: "retained", reason: "law" }],
  ])("that has its snapshot because a part is %s stays whole", async (_what, last) => {
    await begin();
    await finish(realty, "1", "2");
    const until = new Date(Date.now() + 2 * keep.ledger).toISOString();
    const more = last.state === "deleted" ? { retained_until: until } : {};
    const order = orders.deletes().at(-1)?.body;
    const { to: _to, ...report } = doneReport(order, "2");
    expect((await hub.report(orders, { ...report, ...last, ...more })).status).toBe(200);
    await hub.sql`update deletions set sealed_until = now() + ${3 * keep.ledger} * interval '1 ms'`;
    const before = await counts();
    expect(before.deletions).toBe(1);
    await pass(keep.ledger + 60_000);
    await forget();
    expect(await counts()).toEqual(before);
    await hub.sql`update deletions set sealed_until = now()`;
    await sweep(hub.flows);
    await forget();
    expect(await counts()).toEqual(nothing);
  });

  test("counts from its last change: a late report keeps the date that it made", async () => {
    await begin(["1"]);
    const order = realty.deletes().at(-1)?.body;
    const failed = { ...doneReport(order, "1"), state: "delete_failed", retriable: false };
    expect((await hub.report(realty, failed)).status).toBe(200);
    await pass(20 * day);
    await finish(realty, "1");
    const { update_date: date } = (await hub.status(uid)).data[0];
    await pass(keep.ledger - 10 * day);
    await forget();
    const kept = (await hub.status(uid)).data[0].update_date;
    expect(Date.parse(date) - Date.parse(kept)).toBe(keep.ledger - 10 * day);
    await pass(11 * day);
    await forget();
    expect(await counts()).toEqual(nothing);
  });

  test("never makes an older one the user's last word again", async () => {
    // The older one fails category 1 early, and its other category holds it open beyond the newer one.
    await begin(["1", "2"]);
    const old = realty.deletes().at(-1)?.body;
    const failed = { ...doneReport(old, "1"), state: "delete_failed", retriable: false };
    expect((await hub.report(realty, failed)).status).toBe(200);
    await begin(["1"]);
    await finish(realty, "1");
    await pass(20 * day);
    await hub.report(realty, doneReport(old, "2"));
    await finish(orders, "2");
    const told = await hub.status(uid);
    expect(told.data[0]).toMatchObject({ state: "empty", update_date: expect.any(String) });
    await hub.sql`update deletions set sealed = null, wrapped = null, seal_key_id = null, sealed_until = null`;
    await pass(keep.ledger - 10 * day);
    await forget();
    expect((await hub.status(uid)).data[0].state).toBe("empty");
    expect((await hub.status(uid)).errors).toBeUndefined();
    expect(await count("deletions")).toBe(2);
    await pass(11 * day);
    await forget();
    expect(await counts()).toEqual(nothing);
  });

  test("stays as long as an older one of the same category has its snapshot", async () => {
    await begin(["1"]);
    const order = realty.deletes().at(-1)?.body;
    const failed = { ...doneReport(order, "1"), state: "delete_failed", retriable: false };
    expect((await hub.report(realty, failed)).status).toBe(200);
    await begin(["1"]);
    await finish(realty, "1");
    await pass(keep.ledger + 60_000);
    await forget();
    expect([await count("deletions"), await count("parts")]).toEqual([2, 2]);
    expect((await hub.status(uid)).data[0].state).toBe("empty");
    await sweep(hub.flows); // the snapshot's time is over
    await forget();
    expect(await counts()).toEqual(nothing);
  });

  test("that somebody works on is left for another time", async () => {
    await deleteWhole();
    await pass(keep.ledger + 60_000);
    const before = await counts();
    await hub.sql.begin(async (tx) => {
      await tx`select from deletions for update`;
      await forget();
      expect(await counts()).toEqual(before);
    });
    await forget();
    expect(await counts()).toEqual(nothing);
  });

  test("is one of many: all that are old go, in batches, and no other", async () => {
    await deleteWhole();
    const kept = await counts();
    const id = hub.sql`md5('deletion ' || n)::uuid`;
    const all = hub.sql`generate_series(1, 512) as n`;
    const closed = hub.sql`now() - ${keep.ledger} * interval '1 ms' - n * interval '1 hour'`;
    await hub.sql`insert into deletions (id, subject, origin, accepted_at, closed_at)
      select ${id}, md5('user ' || n % 40)::uuid, 'portal', ${closed}, ${closed} from ${all}`;
    await hub.sql`insert into deletion_categories (deletion_id, category_id, subject, closed_at)
      select ${id}, '1', md5('user ' || n % 40)::uuid, ${closed} from ${all} order by n desc`;
    await hub.sql`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
      select ${id}, '1', 'realty', md5('user ' || n % 40)::uuid, n, 'deleted', now(), ${closed} from ${all}`;
    await forgetLedger(hub.flows, AbortSignal.abort());
    expect(await count("deletions")).toBe(513);
    await forget();
    expect(await counts()).toEqual(kept);
  });
});

test("reports and own states go by their own age, a report not before its deletion", async () => {
  await begin(["1"]);
  await finish(realty, "1", "1"); // what moves a part is kept with the deletion, a repeat by itself
  await hub.report(realty, { yandex_uid: `8${uid}`, category_id: "1", state: "deleted" });
  await pass(keep.ledger - 60_000);
  await hub.report(realty, { yandex_uid: `7${uid}`, category_id: "1", state: "deleted" });
  await hub.sql`update deletions set closed_at = now()`;
  await pass(120_000);
  await forget();
  expect([await count("own_states"), await count("reports")]).toEqual([1, 2]);
  await pass(keep.ledger);
  await forget();
  expect(await counts()).toEqual(nothing);
});

test("the trail of operators and services goes after keep.ledger, in batches, not before", async () => {
  await hub.sql`truncate audit_events, service_events`;
  for (const [days, count] of [
    [1_096, 1_100],
    [1_094, 3],
  ]) {
    const at = hub.sql`now() - ${days as number} * interval '1 day'`;
    const all = hub.sql`generate_series(1, ${count as number}::int)`;
    await hub.sql`insert into audit_events (at, client, login, act, result)
      select ${at}, 'desk', 'alice', 'pauseService', 'ok' from ${all}`;
    await hub.sql`insert into service_events (at, service, event) select ${at}, 'realty', 'paused' from ${all}`;
  }
  await forgetLedger(hub.flows);
  expect(await hub.sql`select count(*)::int from audit_events`).toEqual([{ count: 3 }]);
  expect(await hub.sql`select count(*)::int from service_events`).toEqual([{ count: 3 }]);
});

test("dead rows of the queue go after a day; those that will run or run now stay", async () => {
  const add = (key: string) => hub.sql`
    select graphile_worker.add_job('drive_deletion', '{}'::json, job_key := ${key}, max_attempts := 5)`;
  for (const key of ["dead", "fresh", "locked", "waiting"]) await add(key);
  const set = (key: string, values: Record<string, unknown>) => hub.sql`
    update graphile_worker._private_jobs set ${hub.sql(values)} where key = ${key}`;
  const old = new Date(Date.now() - day - 60_000).toISOString();
  await set("dead", { attempts: 5, updated_at: old });
  await set("fresh", { attempts: 5 });
  await set("locked", { attempts: 5, updated_at: old, locked_by: "pool", locked_at: old });
  await set("waiting", { attempts: 4, updated_at: old });
  await cleanQueue(hub.flows);
  const left = await hub.sql<{ key: string }[]>`
    select key from graphile_worker._private_jobs order by key`;
  expect(left.map(({ key }) => key)).toEqual(["fresh", "locked", "waiting"]);
});
