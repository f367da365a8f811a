import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { learnServices } from "../../src/flows/learn-services.ts";
import { probeService } from "../../src/flows/probe-service.ts";
import { resumeParked } from "../../src/flows/resume-parked.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { parkBackoff } from "../../src/store/parking.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { endSessions } from "../support/sessions.ts";

const tables = ["deletion_categories", "deletions", "own_states", "parts", "reports", "requests"];
/** A statement is planned for its parameters five times, then once for all. */
const rounds = 8;
const users = 20_000;

let realty: FakeService;
let orders: FakeService;
let hub: TestHub;
let observer: postgres.Sql;

beforeEach(async () => {
  realty = await startFakeService("realty");
  orders = await startFakeService("orders");
  hub = await createTestHub({ services: [[realty], [orders, { after: ["realty"] }]] });
  observer = postgres(hub.databaseUrl, { max: 1 });
});

afterEach(async () => {
  await observer.end();
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
  await orders[Symbol.asyncDispose]();
});

/** Users, most of them long since done with, as a ledger looks after a year. */
async function fill(): Promise<void> {
  const subject = observer`md5('user ' || n)::uuid`;
  const id = observer`md5('deletion ' || n)::uuid`;
  const all = observer`generate_series(1, ${users}::int) as n`;
  await observer`insert into requests (subject, request_key, category_ids)
    select ${subject}, md5('request ' || n)::uuid, '{1,2}' from ${all}`;
  await observer`insert into deletions (id, subject, origin, accepted_at, closed_at)
    select ${id}, ${subject}, 'portal', now(), now() from ${all}`;
  await observer`insert into deletion_categories (deletion_id, category_id, subject, closed_at, deleted_at)
    select ${id}, c, ${subject}, now(), now() from ${all}, unnest('{1,2}'::text[]) as c`;
  await observer`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
    select ${id}, c, s, ${subject}, n, 'deleted', now(), now()
      from ${all}, unnest('{1,2}'::text[]) as c, unnest('{realty,orders}'::text[]) as s`;
  await observer`insert into own_states (subject, category_id, service, deleted_at)
    select ${subject}, c, 'realty', now() from ${all}, unnest('{1,2}'::text[]) as c`;
  await observer`insert into reports (subject, category_id, service, body_hash, state, effect, kid)
    select ${subject}, c, 'realty', md5('report ' || n)::uuid, 'deleted', 'recorded', 'k'
      from ${all}, unnest('{1,2}'::text[]) as c`;
}

/** Everything that a user, a service and the queue do in a day. */
async function useAll(prefix = "4"): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const uid = `${prefix}00${round}`;
    await hub.status(uid);
    expect((await hub.remove(uid, "r1", ["1", "2"])).status).toBe(200);
    expect((await hub.remove(uid, "r1", ["1", "2"])).status).toBe(200);
    await hub.drain();
    for (const service of [realty, orders]) {
      const order = service.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
      for (const categoryId of ["1", "2"]) {
        const answer = await hub.report(service, doneReport(order, categoryId));
        expect(answer.status).toBe(200);
      }
      await hub.drain();
    }
    await hub.report(realty, { yandex_uid: `9${uid}`, category_id: "1", state: "deleted" });
    await learnServices(hub.flows);
    await resumeParked(hub.flows, { service: "realty" });
    await probeService(hub.flows, { service: "realty" });
    await parkBackoff(hub.flows.store, "realty");
    await hub.status(uid);
  }
}

interface Scans {
  readonly name: string;
  /** Times that the table was read whole, and rows that were read so. */
  readonly times: number;
  readonly rows: number;
  readonly byIndex: number;
}

/** How each table was read since the database was made. Sessions tell what they did when they end. */
async function readScans(): Promise<readonly Scans[]> {
  await endSessions(observer, hub.sql);
  return await observer<Scans[]>`
    select relname as name, seq_scan::int as times, seq_tup_read::int as rows, idx_scan::int as "byIndex"
      from pg_stat_user_tables where schemaname = 'public' and relname = any(${tables})`;
}

test("no statement reads a grown table whole", async () => {
  await fill();
  await observer`analyze`;
  const before = new Map((await readScans()).map((scans) => [scans.name, scans]));
  await useAll();
  await sweep(hub.flows);
  const after = await readScans();
  const readWhole = after.filter(({ name, times }) => times > (before.get(name)?.times ?? 0));
  expect(readWhole).toEqual([]);
  const unread = after.filter(({ name, byIndex }) => byIndex === before.get(name)?.byIndex);
  expect([after.length, unread]).toEqual([tables.length, []]); // or the counting sees nothing
});

/** How many rows each index gave: as many as its table has, where it was read whole. */
async function readIndexes() {
  return await observer<{ name: string; rows: number }[]>`
    select indexrelname as name, idx_tup_read::int as rows
      from pg_stat_user_indexes where schemaname = 'public' and relname = any(${tables})`;
}

test("plans that were made for empty tables do for tables that have grown since", async () => {
  await observer`analyze`; // what is known to be empty is read whole, if the planner may
  await useAll();
  await fill();
  await useAll("6");
  const scans = await readScans();
  expect(scans.filter(({ rows }) => rows >= users)).toEqual([]);
  expect((await readIndexes()).filter(({ rows }) => rows >= users)).toEqual([]);
});

test("a report reads the newest row of a history, however long that is", async () => {
  const uid = "40";
  const [subject] = hub.flows.subjects.allOf(uid);
  await observer`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
    select md5('deletion ' || n)::uuid, '1', 'realty', ${subject}, n - 1000, 'deleted', now(), now()
      from generate_series(1, 500) as n`;
  await observer`analyze`;
  expect((await hub.remove(uid, "r1", ["1"])).status).toBe(200);
  await hub.drain();
  const order = realty.deletes().at(-1)?.body;
  const before = await countPartsRead();
  for (const named of [order, { ...order, deletion_id: undefined }]) {
    expect((await hub.report(realty, doneReport(named, "1"))).status).toBe(200);
  }
  expect((await countPartsRead()) - before).toBeLessThan(50);
});

async function countPartsRead(): Promise<number> {
  await readScans();
  const own = (await readIndexes()).filter(({ name }) => name.startsWith("parts_"));
  return own.reduce((sum, { rows }) => sum + rows, 0);
}
