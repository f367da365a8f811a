import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { countParts } from "../../src/flows/count-parts.ts";
import { readGauges } from "../../src/flows/read-gauges.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { forgetLedger } from "../../src/flows/upkeep-ledger.ts";
import { watchStuck } from "../../src/flows/watch-stuck.ts";
import { connectStore } from "../../src/store/connect.ts";
import { readGauges as readFromStore } from "../../src/store/gauges.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { countAll } from "../support/counting.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { startSecondProcess } from "../support/second-process.ts";
import { endSessions } from "../support/sessions.ts";

const hour = 3_600_000;
const day = 24 * hour;

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
});
afterAll(() => realty[Symbol.asyncDispose]());
beforeEach(async () => {
  realty.calls.length = 0;
  realty.onDelete = () => ({ status: 200 });
  hub = await createTestHub({ services: [[realty]] });
});
afterEach(() => hub[Symbol.asyncDispose]());

async function begin(uid: string, ...categoryIds: string[]): Promise<void> {
  expect((await hub.remove(uid, `r${uid}`, categoryIds)).status).toBe(200);
  await hub.drain();
}

async function report(uid: string, categoryId: string, more: object = {}): Promise<void> {
  const order = realty.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
  const body = { ...doneReport(order, categoryId), ...more };
  expect((await hub.report(realty, body)).status).toBe(200);
}

const failed = { state: "delete_failed", retriable: false };

type Counted = { service: string; category: string; state: string; count: number };

/** What the gauges say of parts, beside what the parts say themselves. */
async function bothCounts(): Promise<readonly [readonly Counted[], readonly Counted[]]> {
  const { parts } = await readGauges(hub.flows);
  const gauged = parts.map((row) => ({
    service: row.service,
    category: row.categoryId,
    state: row.state,
    count: row.count,
  }));
  const real = await hub.sql<Counted[]>`
    select service, category_id as category, state, count(*)::int from parts group by 1, 2, 3`;
  return [gauged.sort(byKey), [...real].sort(byKey)];
}

const keyOf = ({ service, category, state }: Counted) => `${service} ${category} ${state}`;
const byKey = (one: Counted, other: Counted) => (keyOf(one) < keyOf(other) ? -1 : 1);

async function expectRight(): Promise<void> {
  const [gauged, real] = await bothCounts();
  expect(gauged).toEqual(real);
}

describe("parts are counted as they are", () => {
  test.each([
    ["that nobody counted yet", async () => {}],
    ["that were counted, and some since", () => countParts(hub.flows)],
    ["that were all counted", () => countAll(hub)],
  ])("at every step of their life, by events %s", async (_, count) => {
    await count();
    for (const uid of ["1", "2", "3"]) await begin(uid, "1", "2");
    await expectRight();
    await report("1", "1");
    await count();
    await report("1", "2", failed);
    await expectRight();
    await report("2", "1", failed);
    await count();
    await report("2", "1"); // late: it takes back what was counted
    await expectRight();
    await report("3", "2");
    await count();
    await expectRight();
    await hub.passTime(30 * day);
    await sweep(hub.flows);
    await hub.drain();
    await expectRight();
    await count();
    await expectRight();
    const [gauged] = await bothCounts();
    const ends = ["delete_failed", "deleted"];
    expect(gauged.map(({ state }) => state)).toEqual([...ends, ...ends]);
  });

  test("when a transaction ends after others that began later were counted", async () => {
    for (const uid of ["1", "2", "3"]) await begin(uid, "1");
    await countAll(hub);
    const written = Promise.withResolvers<void>();
    const isOver = Promise.withResolvers<void>();
    const slow = hub.sql.begin(async (tx) => {
      const subject = hub.flows.subjects.of("1");
      await tx`update parts set state = 'deleted', closed_at = now() where subject = ${subject}`;
      await tx`
        insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source)
        select deletion_id, category_id, service, 1, 'reported_deleted', 'accepted', 'deleted', 'report'
          from parts where subject = ${subject}`;
      written.resolve();
      await isOver.promise;
    });
    await written.promise;
    await report("2", "1");
    for (let run = 0; run < 3; run += 1) await countParts(hub.flows);
    await hub.sql`update part_watch set recounted_at = null`; // so that they are counted anew as well
    await report("3", "1");
    for (let run = 0; run < 3; run += 1) await countParts(hub.flows);
    await expectRight();
    isOver.resolve();
    await slow;
    await expectRight();
    await countAll(hub);
    await expectRight();
    const [gauged] = await bothCounts();
    expect(gauged).toMatchObject([{ state: "deleted", count: 3 }]);
  });

  test("when several processes count at once, and there are more events than fit into a batch", async () => {
    await using other = startSecondProcess(hub, [realty]);
    await hub.sql`
      insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
      select md5('d' || n)::uuid, '1', 'realty', md5('u' || n)::uuid, n, 'deleted', now(), now()
        from generate_series(1, 45000) as n`;
    await hub.sql`
      insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source)
      select deletion_id, '1', 'realty', 1, 'reported_deleted', 'accepted', 'deleted', 'report' from parts`;
    await expectRight();
    await countParts(hub.flows);
    await Promise.all([hub.flows, other.flows, hub.flows].map((flows) => countParts(flows)));
    await expectRight();
    await countAll(hub);
    await expectRight();
    const [row] = await hub.sql`select sum(count)::int as count from part_counts`;
    expect(row?.count).toBe(45_000);
  });

  test("after the database was restored on another server, whose transactions have lower numbers", async () => {
    await begin("1", "1");
    await countAll(hub);
    await hub.sql`update part_watch set ahead_xmax = 1000000000000`;
    await report("1", "1");
    for (let run = 0; run < 3; run += 1) await countParts(hub.flows);
    const [row] = await hub.sql`select ahead_xmax::float8 as noted from part_watch`;
    expect(row?.noted).toBeLessThan(1_000_000_000_000);
    await countAll(hub);
    await expectRight();
  });

  test("within a day of being changed by hand", async () => {
    await begin("1", "1", "2");
    await report("1", "1");
    await report("1", "2", failed);
    await countAll(hub);
    await hub.sql`update parts set state = 'resolved' where state = 'delete_failed'`;
    await hub.passTime(day);
    await countParts(hub.flows);
    await expectRight();
  });

  test("from the first count on where parts came from elsewhere, without events", async () => {
    await hub.sql`
      insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
      select md5('d' || n)::uuid, '1', 'realty', md5('u' || n)::uuid, n, 'deleted', now(), now()
        from generate_series(1, 30) as n`;
    await begin("1", "2");
    await report("1", "2");
    await countParts(hub.flows);
    await expectRight();
  });

  test("also when they are forgotten", async () => {
    await begin("1", "1", "2");
    await report("1", "1");
    await report("1", "2");
    await countAll(hub);
    await hub.passTime(1_095 * day + hour);
    await begin("2", "1");
    await report("2", "1");
    await forgetLedger(hub.flows);
    await expectRight();
    await countAll(hub);
    await expectRight();
    expect((await bothCounts())[1]).toHaveLength(1);
  });
});

test("open parts are shown by their age: stuck, alarmed, and forecast to be too late", async () => {
  const of = async () => {
    const { parts } = await readGauges(hub.flows);
    const [row] = parts.filter(({ state }) => state === "accepted");
    return row && [row.count, row.stuck, row.alarmed, row.forecastMissed];
  };
  await countParts(hub.flows);
  await begin("1", "1");
  await hub.passTime(day + hour);
  await begin("2", "1");
  expect(await of()).toEqual([2, 1, 0, 0]);
  await hub.passTime(day);
  expect(await of()).toEqual([2, 2, 1, 0]);
  await watchStuck(hub.flows);
  await hub.passTime(25 * day);
  expect(await of()).toEqual([2, 2, 2, 0]);
  await watchStuck(hub.flows);
  expect(await of()).toEqual([2, 2, 2, 1]);
  const { parts } = await readGauges(hub.flows);
  expect(Math.round((parts[0]?.oldestSeconds ?? 0) / 3_600)).toBe(27 * 24 + 1);
  await report("1", "1");
  expect(await of()).toEqual([1, 1, 1, 0]);
});

test("however much the ledger keeps, no table is read whole for the gauges", async () => {
  const closed = 30_000;
  await hub.sql`
    insert into deletions (id, subject, origin, accepted_at, closed_at)
    select md5('d' || n)::uuid, md5('u' || n)::uuid, 'portal', now(), now() from generate_series(1, ${closed}::int) as n`;
  await hub.sql`
    insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
    select md5('d' || n)::uuid, '1', 'realty', md5('u' || n)::uuid, n, 'deleted', now(), now()
      from generate_series(1, ${closed}::int) as n`;
  await hub.sql`
    insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source)
    select deletion_id, '1', 'realty', 1, 'reported_deleted', 'accepted', 'deleted', 'report' from parts`;
  for (let n = 1; n <= 10; n += 1) await begin(`${n}`, "1");
  await countAll(hub);
  await report("1", "1");
  await hub.sql`analyze`;
  await using observer = await observe();
  const before = await observer.readWhole();
  const store = connectStore(hub.databaseUrl, { max: 4 });
  const rules = { warnAfterMs: day, alarmAfterMs: day, deadlineMs: day };
  for (let round = 0; round < 8; round += 1) {
    const { parts } = await readFromStore(store, rules);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(closed + 10);
  }
  await watchStuck({ ...hub.flows, store });
  await countParts({ ...hub.flows, store });
  await store.close();
  expect(await observer.readWhole()).toEqual(before);
});

/** Sees how many rows of the large tables were read without an index: sessions tell it when they end. */
async function observe() {
  const sql = postgres(hub.databaseUrl, { max: 1 });
  return {
    async readWhole() {
      await endSessions(sql);
      return await sql<{ name: string; rows: number }[]>`
        select relname as name, seq_tup_read::int as rows from pg_stat_user_tables
         where relname in ('parts', 'deletions', 'events') order by 1`;
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
}
