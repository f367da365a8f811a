import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Config } from "../../src/config/types.ts";
import { createRegistry } from "../../src/domain/registry.ts";
import { countParts } from "../../src/flows/count-parts.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { forgetLedger } from "../../src/flows/upkeep-ledger.ts";
import { watchStuck } from "../../src/flows/watch-stuck.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { countAll } from "../support/counting.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { startSecondProcess } from "../support/second-process.ts";

const hour = 3_600_000;
const day = 24 * hour;
const minute = 60_000;

let realty: FakeService;
let orders: FakeService;
let hub: TestHub;
const lines: { fields: object; message: string }[] = [];
const write = (fields: object, message: string) => void lines.push({ fields, message });
const log = { info: write, warn: write, error: write };

beforeAll(async () => {
  realty = await startFakeService("realty");
  orders = await startFakeService("orders");
});
afterAll(async () => {
  await realty[Symbol.asyncDispose]();
  await orders[Symbol.asyncDispose]();
});
async function start(config: Partial<Config> = {}): Promise<void> {
  hub = await createTestHub({
    services: [[realty], [orders, { categories: ["2"] }]],
    config,
    overrides: { log },
  });
}

beforeEach(async () => {
  await start();
  for (const service of [realty, orders]) {
    service.calls.length = 0;
    service.onStatus = () => ({ status: 200, body: { data_state: "delete_in_progress" } });
  }
  lines.length = 0;
});
afterEach(() => hub[Symbol.asyncDispose]());

async function begin(uid: string, ...categoryIds: string[]): Promise<void> {
  expect((await hub.remove(uid, "r", categoryIds)).status).toBe(200);
  await hub.drain();
}

async function finish(service: FakeService, uid: string, categoryId: string): Promise<void> {
  const order = service.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
  expect((await hub.report(service, doneReport(order, categoryId))).status).toBe(200);
}

/** What was noted, as `service/category threshold`, with how often. */
async function notices(): Promise<Record<string, number>> {
  const rows = await hub.sql<{ what: string; count: number }[]>`
    select service || '/' || category_id || ' ' || threshold as what, count(*)::int from stuck_notices
     group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}

/** What the watch said since it was asked last. */
function said(): object[] {
  return lines
    .splice(0)
    .filter(({ message }) => message === "open parts reached a threshold")
    .map(({ fields }) => fields);
}

test("an open part is noted once at each age that it reaches, and a closed one never", async () => {
  await begin("1", "1", "2");
  await finish(realty, "1", "1");
  await hub.passTime(day - minute);
  await watchStuck(hub.flows);
  expect(await notices()).toEqual({});
  await hub.passTime(2 * minute);
  await watchStuck(hub.flows);
  const warned = { "orders/2 warn": 1, "realty/2 warn": 1 };
  expect(await notices()).toEqual(warned);
  await watchStuck(hub.flows);
  expect(await notices()).toEqual(warned);
  await finish(orders, "1", "2");
  await hub.passTime(day);
  await watchStuck(hub.flows);
  await watchStuck(hub.flows);
  expect(await notices()).toEqual({ ...warned, "realty/2 alarm": 1 });
});

test("what the deadline ended is noted, whether or not the watch saw it open", async () => {
  await begin("1", "1");
  await hub.passTime(30 * day + minute);
  await sweep(hub.flows);
  await hub.drain();
  await countAll(hub);
  expect(await notices()).toEqual({ "realty/1 deadline": 1 });
  expect(said()).toEqual([{ service: "realty", threshold: "deadline", count: 1 }]);
  await watchStuck(hub.flows);
  await countAll(hub);
  expect(await notices()).toEqual({ "realty/1 deadline": 1 });
});

test("a part of a service that is no longer configured is noted too, at its deadline as well", async () => {
  await begin("1", "1");
  const registry = createRegistry({ categories: [{ id: "1", slug: "one" }], services: [] });
  await hub.passTime(30 * day + minute);
  await watchStuck({ ...hub.flows, registry });
  const all = { "realty/1 warn": 1, "realty/1 alarm": 1, "realty/1 deadline": 1 };
  expect(await notices()).toEqual(all);
});

test("the log has one line for each service and threshold, with a count and nothing else", async () => {
  for (const uid of ["1", "2", "3"]) await begin(uid, "1", "2");
  await hub.passTime(2 * day + minute);
  await watchStuck(hub.flows);
  expect(said().sort(byText)).toEqual(
    [
      { service: "realty", threshold: "warn", count: 6 },
      { service: "realty", threshold: "alarm", count: 6 },
      { service: "orders", threshold: "warn", count: 3 },
      { service: "orders", threshold: "alarm", count: 3 },
    ].sort(byText),
  );
  await watchStuck(hub.flows);
  expect(said()).toEqual([]);
});

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

test("of two processes that watch at once, each part is noted and told by one", async () => {
  await using other = startSecondProcess(hub, [realty, orders]);
  await fill(500, day + minute);
  await Promise.all([watchStuck(hub.flows), watchStuck(other.flows), watchStuck(hub.flows)]);
  expect(await notices()).toEqual({ "realty/1 warn": 500 });
  const counts = said().map((fields) => (fields as { count: number }).count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
});

/** Open deletions of so many users, accepted one ms after the other, the last of them so long ago. */
async function fill(users: number, ageMs: number): Promise<void> {
  const all = hub.sql`generate_series(1, ${users}::int) as n`;
  const id = hub.sql`lpad(to_hex(n), 32, '0')::uuid`;
  const at = hub.sql`clock_timestamp() - (${ageMs}::float8 + ${users}::int - n) * interval '1 ms'`;
  await hub.sql`insert into deletions (id, subject, origin, accepted_at, wake_at)
    select ${id}, md5('user ' || n)::uuid, 'portal', ${at}, 'infinity' from ${all}`;
  await hub.sql`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at)
    select ${id}, '1', 'realty', md5('user ' || n)::uuid, n, 'accepted', now() from ${all}`;
}

/** So many closings of a service in each of the last 24 hours. */
async function pace(service: string, anHour: number): Promise<void> {
  await hub.sql`insert into part_watch (since) values (now() - interval '40 days')
    on conflict (id) do update set since = excluded.since`;
  await hub.sql`insert into service_closings
    select ${service}, date_trunc('hour', now()) - n * interval '1 hour', ${anHour}::int from generate_series(0, 30) as n`;
}

test("parts are named 72 h ahead whose turn comes after their deadline, by their place in the whole line", async () => {
  await fill(450, 30 * day - 40 * hour);
  await pace("realty", 10);
  await watchStuck(hub.flows);
  const { "realty/1 forecast": late = 0 } = await notices();
  // 40 hours at a pace of ten: give or take what the hour under way is short of.
  expect(late).toBeGreaterThanOrEqual(450 - 400 - 20);
  expect(late).toBeLessThanOrEqual(450 - 400 + 20);
  const [row] = await hub.sql<{ first: number }[]>`
    select min(p.seq)::int as first from stuck_notices join parts p using (deletion_id, category_id, service)
     where threshold = 'forecast'`;
  expect(row?.first).toBe(450 - late + 1); // those at the end of the line
  expect(said()).toContainEqual({ service: "realty", threshold: "forecast", count: late });
  await watchStuck(hub.flows);
  expect((await notices())["realty/1 forecast"]).toBe(late);
});

test("nothing is forecast earlier than 72 h before the deadline, and never is late enough then", async () => {
  await begin("1", "2");
  await countParts(hub.flows);
  await hub.passTime(27 * day - minute);
  await watchStuck(hub.flows);
  expect(Object.keys(await notices()).filter((what) => what.includes("forecast"))).toEqual([]);
  await hub.passTime(2 * minute);
  await watchStuck(hub.flows);
  expect(await notices()).toMatchObject({ "orders/2 forecast": 1, "realty/2 forecast": 1 });
});

test("a service's pace is what it ended in the last day, counted or not yet", async () => {
  await hub[Symbol.asyncDispose]();
  await start({ stuck: { warnAfterMs: day, alarmAfterMs: day, deadlineMs: day } });
  await countParts(hub.flows); // from now on it is watched
  for (const uid of ["1", "2", "3", "4", "5", "6"]) await begin(uid, "1");
  await finish(realty, "1", "1");
  await countAll(hub);
  await finish(realty, "2", "1");
  await hub.passTime(7 * hour); // two in seven hours: the fourth of the line takes fourteen, and 17 are left
  await watchStuck(hub.flows);
  expect(await notices()).toEqual({});
  await hub.passTime(3 * hour); // two in ten hours: the third of the line takes fifteen, and 14 are left
  await watchStuck(hub.flows);
  expect(await notices()).toEqual({ "realty/1 forecast": 2 });
});

test("nothing is forecast before the service was watched for an hour", async () => {
  await begin("1", "1");
  await hub.passTime(29 * day);
  await countParts(hub.flows);
  await watchStuck(hub.flows);
  expect(await notices()).toEqual({ "realty/1 alarm": 1, "realty/1 warn": 1 });
  await hub.passTime(hour);
  await watchStuck(hub.flows);
  expect(await notices()).toMatchObject({ "realty/1 forecast": 1 });
});

test("a watch that is ended in the middle is not taken for one that came to its end", async () => {
  await fill(450, day + minute);
  const ended = async () =>
    (await hub.sql`select from part_watch where watched_at is not null`).length;
  await watchStuck(hub.flows, AbortSignal.abort());
  expect([await notices(), await ended()]).toEqual([{}, 0]);
  await watchStuck(hub.flows);
  expect([await notices(), await ended()]).toEqual([{ "realty/1 warn": 450 }, 1]);
});

test("notices are forgotten with their deletion", async () => {
  await begin("1", "1");
  await hub.passTime(day + minute);
  await watchStuck(hub.flows);
  await finish(realty, "1", "1");
  await hub.passTime(1_095 * day - minute);
  await forgetLedger(hub.flows);
  expect(await notices()).toEqual({ "realty/1 warn": 1 });
  await hub.passTime(2 * minute);
  await forgetLedger(hub.flows);
  expect(await notices()).toEqual({});
});
