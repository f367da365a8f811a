import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Report } from "../../src/domain/report.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { recordReport } from "../../src/flows/record-report.ts";
import { type PlainReport, settlePlainReports } from "../../src/store/plain-reports.ts";
import type { Reported } from "../../src/store/reports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { type SecondProcess, startSecondProcess } from "../support/second-process.ts";

let realty: FakeService;
let orders: FakeService;
let hub: TestHub;
let second: SecondProcess;
let observer: postgres.Sql;

beforeAll(async () => {
  [realty, orders] = await Promise.all([startFakeService("realty"), startFakeService("orders")]);
});
afterAll(async () => {
  await Promise.all([realty[Symbol.asyncDispose](), orders[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  hub = await createTestHub({ services: [[realty], [orders]], categories: ["1"] });
  second = startSecondProcess(hub, [realty, orders]);
  observer = postgres(hub.databaseUrl, { max: 1 });
});
afterEach(async () => {
  await observer.end();
  await second[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

/** Begins deletions of these users, both of whose parts wait for reports then. @returns their ids, by uid. */
async function begin(uids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  await Promise.all(uids.map((uid) => hub.remove(uid, randomUUID(), ["1"])));
  await hub.drain();
  const rows = await hub.sql<{ id: string; subject: string }[]>`select id, subject from deletions`;
  const idOf = new Map(rows.map(({ id, subject }) => [subject, id]));
  return new Map(uids.map((uid) => [uid, idOf.get(hub.flows.subjects.of(uid)) ?? ""]));
}

const done: Omit<Report, "deletionId"> = {
  ...({ state: "deleted", outcome: "erased" } as const),
  ...{ attempt: null, retainedUntil: null, reason: null, errorCode: null, isRetriable: true },
  ...{ completedAt: null, to: null },
};

async function report(flows: FlowContext, uid: string, service: string, deletionId: string) {
  const body = Buffer.from(`${service} ${deletionId}`);
  const report = { ...done, deletionId };
  await recordReport(flows, { uid, categoryId: "1", service, kid: "k", body, report });
}

function plain(uid: string, deletionId: string, services: readonly string[]): PlainReport[] {
  const { subjects, rules } = hub.flows;
  return services.map((service) => {
    const by: Reported["by"] = {
      ...{ subjects: subjects.allOf(uid), categoryId: "1", service, kid: "k" },
      bodyHashes: subjects.bodyHashes(Buffer.from(randomUUID())),
    };
    const reported = { by, report: { ...done, deletionId } };
    return { reported, deadlineMs: rules.deadlineMs };
  });
}

/** Asks for the parts to be closed without their deletion being read. */
async function settle(uid: string, deletionId: string, services: readonly string[]) {
  const settled = await settlePlainReports(hub.flows.store.sql, plain(uid, deletionId, services));
  return settled.map((one) => one !== null);
}

async function statesOf(deletionId: string) {
  const rows = await hub.sql<{ service: string; state: string }[]>`
    select service, state from parts where deletion_id = ${deletionId}`;
  return Object.fromEntries(rows.map(({ service, state }) => [service, state]));
}

test("the last two parts that two processes are told of at once close every deletion", async () => {
  const uids = Array.from({ length: 150 }, (_, at) => `70${at}`);
  const ids = await begin(uids);
  await Promise.all(
    [...ids].flatMap(([uid, id], at) => [
      report(at % 2 ? hub.flows : second.flows, uid, "realty", id),
      report(at % 2 ? second.flows : hub.flows, uid, "orders", id),
    ]),
  );
  const left = await hub.sql`
    select from deletions d join deletion_categories c on c.deletion_id = d.id
     where d.closed_at is null or c.deleted_at is null`;
  expect(left.length).toBe(0);
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from events where event = 'reported_deleted' and body_hash is not null`;
  expect(row?.count).toBe(2 * uids.length);
});

test("the last parts of a deletion close it with all that is its own, and one of them tells so", async () => {
  const ids = await begin(["7001", "7002"]);
  const [one = "", other = ""] = ids.values();
  expect(await settle("7001", one, ["realty", "orders"])).toEqual([true, true]);
  const [row] = await hub.sql`
    select d.closed_as, d.wake_at, d.sealed, d.wrapped, d.seal_key_id, d.closed_at = c.closed_at as is_with_category,
           c.deleted_at = c.closed_at as is_deleted
      from deletions d join deletion_categories c on c.deletion_id = d.id where d.id = ${one}`;
  expect(row).toEqual({
    ...{ closed_as: "done", wake_at: null, sealed: null, wrapped: null, seal_key_id: null },
    ...{ is_with_category: true, is_deleted: true },
  });
  // A repeat is left to be counted; there is one closing to tell of.
  const services = ["realty", "orders", "orders"];
  const settled = await settlePlainReports(hub.flows.store.sql, plain("7002", other, services));
  const told = settled.filter((report) => report !== null);
  expect(told.length).toBe(2);
  const took = told.flatMap(({ closedAfterMs }) => closedAfterMs ?? []);
  const [closed] = await hub.sql<{ took: number }[]>`
    select round(extract(epoch from closed_at - accepted_at) * 1000)::int as took from deletions where id = ${other}`;
  expect(took).toEqual([closed?.took]);
});

test("of parts that are reported at once the last is left where the deletion does not close with them", async () => {
  const ids = await begin(["7001", "7002"]);
  const [one = "", other = ""] = ids.values();
  await observer.begin(async (sql) => {
    await sql`select from deletion_categories where deletion_id = ${one} for update`;
    expect(await settle("7001", one, ["realty", "orders"])).toEqual([false, true]);
  });
  expect(await statesOf(one)).toEqual({ realty: "accepted", orders: "deleted" });
  // What is left is no other part here.
  await observer.begin(async (sql) => {
    await sql`select from parts where deletion_id = ${other} and service = 'realty' for update`;
    const repeated = ["realty", "orders", "orders"];
    expect(await settle("7002", other, repeated)).toEqual([false, false, false]);
  });
  expect(await statesOf(other)).toEqual({ realty: "accepted", orders: "accepted" });
});

test("a part is left while somebody is at its deletion, or closes the one that stays open", async () => {
  const ids = await begin(["7001"]);
  const id = ids.get("7001") ?? "";
  await observer.begin(async (sql) => {
    await sql`select from deletions where id = ${id} for update`;
    expect(await settle("7001", id, ["realty"])).toEqual([false]);
  });
  await observer.begin(async (sql) => {
    await sql`update parts set state = 'deleted' where deletion_id = ${id} and service = 'orders'`;
    expect(await settle("7001", id, ["realty"])).toEqual([false]);
  });
  // Seen to in another way, or kept: what the deletion came to is more than that it is done.
  await hub.sql`update parts set outcome = 'retained' where deletion_id = ${id} and service = 'orders'`;
  expect(await settle("7001", id, ["realty"])).toEqual([false]);
  await hub.sql`update parts set state = 'resolved' where deletion_id = ${id} and service = 'orders'`;
  expect(await settle("7001", id, ["realty"])).toEqual([false]);
  expect(await statesOf(id)).toEqual({ realty: "accepted", orders: "resolved" });
});

test("who settles keeps others from closing the part that stays open until it is done", async () => {
  const ids = await begin(["7001"]);
  const id = ids.get("7001") ?? "";
  await hub.flows.store.sql.begin(async (sql) => {
    expect(await settlePlainReports(sql, plain("7001", id, ["realty"]))).toEqual([
      { closedAfterMs: null },
    ]);
    const free = await observer`select from deletions where id = ${id} for update skip locked`;
    expect(free.length).toBe(0);
  });
  await report(second.flows, "7001", "orders", id);
  const [row] = await hub.sql`select closed_as from deletions where id = ${id}`;
  expect(row).toEqual({ closed_as: "done" });
});

test("a part that moves on between the statement's view and its lock closes with the deletion", async () => {
  const ids = await begin(["7001"]);
  const id = ids.get("7001") ?? "";
  await hub.sql`update parts set state = 'calling' where deletion_id = ${id}`;
  // The statement asks for the time when it has its view and the deletion, and not yet the parts.
  await hub.sql`create schema slow`;
  await hub.sql`create function slow.clock_timestamp() returns timestamptz language sql volatile
    as 'select pg_advisory_xact_lock(1); select pg_catalog.clock_timestamp()'`;
  const { settling } = await hub.sql.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(1)`;
    const settling = observer.begin(async (own) => {
      await own`set local search_path = slow, pg_catalog, public`;
      return await settlePlainReports(own, plain("7001", id, ["realty", "orders"]));
    });
    await until("it waits", async () => {
      const waiting = await sql`select from pg_locks where locktype = 'advisory' and not granted`;
      return waiting.length > 0;
    });
    // Committed by another session, as an answer that is recorded.
    await second.flows.store
      .sql`update parts set state = 'accepted' where deletion_id = ${id} and service = 'orders'`;
    return { settling };
  });
  expect((await settling).filter((one) => one !== null).length).toBe(2);
  expect(await statesOf(id)).toEqual({ realty: "deleted", orders: "deleted" });
});
