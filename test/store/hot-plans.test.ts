import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { learnServices } from "../../src/flows/learn-services.ts";
import { sweep } from "../../src/flows/sweep.ts";
import type { Sql } from "../../src/store/connect.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { faultsOf, type PlanNode } from "./support/plan-faults.ts";

const tables = [
  ...["deletion_aliases", "deletion_categories", "deletions", "events", "holds", "own_states"],
  ...["parts", "reports", "request_deletions", "requests"],
];
/** Each is run often enough for PostgreSQL to think about planning it once for all. */
const rounds = 8;
const users = 20_000;
const services = 10;

let realty: FakeService;
let orders: FakeService;
let hub: TestHub;
let sql: Sql;

beforeAll(async () => {
  realty = await startFakeService("realty");
  orders = await startFakeService("orders");
  hub = await createTestHub({ services: [[realty], [orders, { after: ["realty"] }]] });
  sql = hub.sql;
  await useAll();
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
  await orders[Symbol.asyncDispose]();
});

/** Everything that a user, a service and the queue do in a day. */
async function useAll(): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const uid = `400${round}`;
    await hub.status(uid);
    await hub.remove(uid, "r1", ["1", "2"]);
    await hub.remove(uid, "r1", ["1", "2"]);
    await hub.drain();
    for (const service of [realty, orders]) {
      const order = service.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
      for (const categoryId of ["1", "2"]) await hub.report(service, doneReport(order, categoryId));
      await hub.drain();
    }
    await hub.report(realty, { yandex_uid: `9${uid}`, category_id: "1", state: "deleted" });
    await hub.status(`9${uid}`);
    await hub.remove(uid, "r2", ["1"]);
    await hub.drain();
    const again = realty.deletes().findLast(({ body }) => body.report_uid === uid)?.body;
    await hub.report(realty, { ...doneReport(again, "1"), state: "delete_failed" });
    await hub.status(uid);
    await learnServices(hub.flows);
    await sweep(hub.flows);
  }
}

interface Prepared {
  readonly text: string;
  readonly runs: number;
  /** Times that it was planned for its arguments alone. */
  readonly replanned: number;
  readonly faults: readonly string[];
}

/** What all the ledger's sessions have prepared, and what is wrong with how they run it as things are. */
async function readPrepared(): Promise<readonly Prepared[]> {
  const { promise: allAreHere, resolve: go } = Promise.withResolvers<void>();
  const sessions = sql.options.max;
  let here = 0;
  const found = await Promise.all(
    Array.from({ length: sessions }, () =>
      sql.begin(async (tx) => {
        here += 1;
        if (here === sessions) go();
        await allAreHere; // so that each has a session of its own
        const statements = await tx<PreparedRow[]>`
          select name, statement as text, generic_plans::int as generic, custom_plans::int as custom,
                 cardinality(parameter_types) as arguments
            from pg_prepared_statements
           where statement ~ ${tables.join("|")} and statement !~* '^(truncate|analyze)'`;
        const all: Prepared[] = [];
        for (const { name, text, generic, custom, arguments: count } of statements) {
          const given = count > 0 ? `(${Array(count).fill("null").join()})` : "";
          const [row] = await tx.unsafe<{ "QUERY PLAN": [{ Plan: PlanNode }] }[]>(
            `explain (format json) execute "${name}"${given}`,
          );
          const plan = row?.["QUERY PLAN"][0].Plan;
          const faults = plan ? faultsOf(plan, tables) : ["has no plan"];
          all.push({ text: text.trim(), runs: generic + custom, replanned: custom, faults });
        }
        return all;
      }),
    ),
  );
  const all = found.flat();
  // What is done only when something was in the way is not hot, and not done in every run of this.
  const runsOf = (text: string) =>
    all.filter((one) => one.text === text).reduce((sum, { runs }) => sum + runs, 0);
  return all.filter(
    ({ text }) => runsOf(text) >= rounds && !text.includes("pg_prepared_statements"),
  );
}

interface PreparedRow {
  readonly name: string;
  readonly text: string;
  readonly generic: number;
  readonly custom: number;
  readonly arguments: number;
}

async function expectNoFaults(): Promise<void> {
  const prepared = await readPrepared();
  expect(prepared.length).toBeGreaterThan(0);
  const faulty = prepared.filter(({ faults }) => faults.length > 0);
  expect(faulty.map(({ text, faults }) => [text.slice(0, 80), faults])).toEqual([]);
}

/** Twenty deletions of every user, some of them open. In a session of its own, which may take its time. */
async function fill(): Promise<void> {
  const observer = postgres(hub.databaseUrl, { max: 1 });
  const all = observer`generate_series(1, ${users}::int) as n`;
  const [subject, id] = [
    observer`md5('user ' || n % 1000)::uuid`,
    observer`md5('deletion ' || n)::uuid`,
  ];
  await observer`insert into requests (subject, request_key, category_ids)
    select ${subject}, md5('request ' || n)::uuid, '{1}' from ${all}`;
  await observer`insert into request_deletions select md5('request ' || n)::uuid, ${id} from ${all}`;
  await observer`insert into deletions (id, subject, origin, accepted_at, closed_at)
    select ${id}, ${subject}, 'portal', now(), case when n % 100 > 0 then now() end from ${all}`;
  await observer`insert into deletion_categories (deletion_id, category_id, subject, closed_at, deleted_at)
    select ${id}, '1', ${subject}, now(), now() from ${all}`;
  await observer`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
    select ${id}, '1', 'service ' || s, ${subject}, n, 'deleted', now(), now()
      from ${all}, generate_series(1, ${services}::int) as s`;
  await observer`insert into deletion_aliases select md5('alias ' || n)::uuid, ${id} from ${all}`;
  await observer`insert into holds (id, subject, reason, client, login)
    select ${id}, ${subject}, 'r', 'desk', 'alice' from ${all}`;
  await observer`insert into own_states (subject, category_id, service, deleted_at)
    select md5('user ' || n)::uuid, '1', 'realty', now() from ${all}`;
  await observer`insert into reports (subject, category_id, service, body_hash, state, effect, kid)
    select ${subject}, '1', 'realty', md5('report ' || n)::uuid, 'deleted', 'recorded', 'k' from ${all}`;
  await observer`insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
    select ${id}, '1', 'realty', 0, 'accepted', 'due', 'portal' from ${all}`;
  await observer`analyze`;
  await observer.end();
}

test("whatever is run often is prepared, and planned once for all arguments", async () => {
  const prepared = await readPrepared();
  expect(prepared.filter(({ replanned }) => replanned > 0)).toEqual([]);
  const runsOf = (pattern: RegExp) =>
    prepared.filter(({ text }) => pattern.test(text)).reduce((sum, { runs }) => sum + runs, 0);
  for (const pattern of [
    ...[/insert into requests/, /insert into deletions /, /as verdict/, /own_deleted_at/],
    ...[/insert into reports/, /insert into own_states/, /update parts/, /from holds/],
    /plain as materialized/,
  ]) {
    expect([pattern, runsOf(pattern) >= rounds]).toEqual([pattern, true]);
  }
});

test("on a ledger that was analysed when it was empty nothing is read whole, nor sorted", async () => {
  await sql`truncate ${sql(tables)}`;
  await sql`analyze`;
  await expectNoFaults();
});

test("on a grown ledger nothing is read whole, nor sorted", async () => {
  await fill();
  await expectNoFaults();
});
