import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { TakeoutError } from "../../src/domain/errors.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { recordReport } from "../../src/flows/record-report.ts";
import type { Transaction } from "../../src/store/connect.ts";
import { lockDeletions } from "../../src/store/deletion.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { type SecondProcess, startSecondProcess } from "../support/second-process.ts";
import { endSessions } from "../support/sessions.ts";

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

/** Begins deletions of these users, all of whose parts wait for reports then. */
async function begin(uids: readonly string[]): Promise<void> {
  for (const uid of uids) expect((await hub.remove(uid, randomUUID(), ["1"])).status).toBe(200);
  await hub.drain();
}

function report(
  flows: FlowContext,
  uid: string,
  service = "realty",
  errorCode: string | null = null,
) {
  const said = { state: errorCode ? "delete_failed" : "deleted", errorCode } as const;
  return recordReport(flows, {
    ...{ uid, categoryId: "1", service, kid: "k", body: Buffer.from(randomUUID()) },
    report: {
      ...{ ...said, deletionId: null, attempt: null, outcome: "erased", retainedUntil: null },
      ...{ reason: null, isRetriable: true, completedAt: null, to: null },
    },
  });
}

/** As services do: who is told to come again does. */
async function reportTillTaken(flows: FlowContext, uid: string, service: string): Promise<void> {
  try {
    await report(flows, uid, service);
  } catch (error) {
    if (!(error instanceof TakeoutError) || error.code !== "unavailable") throw error;
    await reportTillTaken(flows, uid, service);
  }
}

async function countDeleted(): Promise<number> {
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from parts where state = 'deleted'`;
  return row?.count ?? 0;
}

test("a deletion that somebody holds holds up nobody else, and is moved when it is free", async () => {
  const uids = Array.from({ length: 8 }, (_, at) => `400${at}`);
  await begin(uids);
  const [held, ...others] = uids as [string, ...string[]];
  const release = Promise.withResolvers<void>();
  const holding = Promise.withResolvers<void>();
  const transaction = observer.begin(async (sql) => {
    await sql`select from deletions where subject = ${hub.flows.subjects.of(held)} for update`;
    holding.resolve();
    await release.promise;
  });
  await holding.promise;
  let isHeld = true;
  const waiting = report(hub.flows, held).then(() => expect(isHeld).toBe(false));
  await Promise.all(others.map((uid) => report(hub.flows, uid)));
  expect(await countDeleted()).toBe(others.length);
  isHeld = false;
  release.resolve();
  await transaction;
  await waiting;
  expect(await countDeleted()).toBe(uids.length);
});

test("deletions are locked in order of acceptance, whatever order they are asked for in", async () => {
  const uids = Array.from({ length: 6 }, (_, at) => `450${at}`);
  await begin(uids);
  const rows = await hub.sql<{ id: string }[]>`select id from deletions order by seq`;
  const ids = rows.map(({ id }) => id);
  const last = ids.at(-1) ?? "";
  const options = { held: "wait", withSnapshots: [], withOthers: false } as const;
  const locked: Promise<unknown>[] = [];
  await observer.begin(async (sql) => {
    await sql`select from deletions where id = ${last} for update`;
    const work = (tx: Transaction) => lockDeletions(tx, ids.toReversed(), options);
    locked.push(hub.flows.store.sql.begin(work).catch(() => "waited too long"));
    await until("it to wait for the last", async () => {
      const waiting = await hub.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting.length > 0;
    });
    const free = await sql`
      select from deletions where id = any(${ids.slice(0, -1)}::uuid[]) for update skip locked`;
    expect(free.length).toBe(0);
  });
  await Promise.all(locked);
});

test("a report that fails in company fails by itself", async () => {
  const uids = Array.from({ length: 8 }, (_, at) => `500${at}`);
  await begin(uids);
  // Nothing that comes by the door has such a code; the database refuses it.
  const results = await Promise.allSettled(
    uids.map((uid, at) => report(hub.flows, uid, "realty", at === 5 ? "\0" : null)),
  );
  expect(results.flatMap(({ status }, at) => (status === "rejected" ? [at] : []))).toEqual([5]);
  expect(await countDeleted()).toBe(uids.length - 1);
});

test("processes that move the same deletions at the same time never wait for each other in a circle", async () => {
  const processes = [hub.flows, second.flows];
  const told: Promise<void>[] = [];
  for (const service of [realty, orders]) {
    service.onDelete = ({ body }) => {
      const uid = body.report_uid;
      for (const flows of processes) told.push(reportTillTaken(flows, uid, service.name));
      return { status: 200 };
    };
  }
  const uids = Array.from({ length: 40 }, (_, at) => `60${at}`);
  await Promise.all(uids.map((uid) => hub.remove(uid, randomUUID(), ["1"])));
  const rows = await hub.sql<{ id: string }[]>`select id from deletions order by random()`;
  await Promise.all(
    rows.flatMap(({ id }) => processes.map((flows) => driveDeletion(flows, { deletionId: id }))),
  );
  await Promise.all(told);
  expect(await countDeleted()).toBe(2 * uids.length);
  expect(await countDeadlocks()).toBe(0);
});

/** Sessions tell what they met when they end. */
async function countDeadlocks(): Promise<number> {
  await endSessions(observer);
  const [row] = await observer<{ deadlocks: number }[]>`
    select deadlocks::int from pg_stat_database where datname = current_database()`;
  return row?.deadlocks ?? 0;
}
