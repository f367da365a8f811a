import postgres from "postgres";
import { expect, test } from "vitest";
import { learnServices } from "../../src/flows/learn-services.ts";
import { parkBackoff, parkFirstBackoff, unpark } from "../../src/store/parking.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { endSessions } from "../support/sessions.ts";

const line = 20_000;
const rounds = 10;

/** Deletions with one part each, in the order of their numbers. */
async function fill(hub: TestHub, from: number, part: "in_line" | "in_backoff"): Promise<void> {
  const { sql } = hub;
  const id = sql`md5('deletion ' || n)::uuid`;
  const all = sql`generate_series(${from}::int, ${from + line - 1}::int) as n`;
  const at = sql`now() + n * interval '1 ms'`;
  await sql`insert into deletions (id, subject, origin, accepted_at, wake_at)
    select ${id}, ${id}, 'portal', now(), now() + interval '1 day' from ${all}`;
  if (part === "in_line") {
    await sql`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, parked_at)
      select ${id}, '1', 'realty', ${id}, n, 'due', now(), ${at} from ${all}`;
  } else {
    await sql`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, failures)
      select ${id}, '1', 'realty', ${id}, n, 'due', ${at} + interval '1 hour', 1 from ${all}`;
  }
  await sql`analyze`;
}

/** Rows of parts that were read since the database was made. Sessions tell what they did when they end. */
async function countRead(hub: TestHub): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const observer = postgres(hub.databaseUrl, { max: 1 });
  stack.defer(() => observer.end());
  await endSessions(observer, hub.sql);
  const [row] = await observer<{ count: number }[]>`
    select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_user_tables
     where schemaname = 'public' and relname = 'parts'`;
  return row?.count ?? 0;
}

async function readBy(hub: TestHub, work: () => Promise<unknown>): Promise<number> {
  const before = await countRead(hub);
  for (let round = 0; round < rounds; round += 1) await work();
  return (await countRead(hub)) - before;
}

test("a long line costs no more to look at and to feed than a short one", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ categories: ["1"], services: [[realty]] });
  const { store } = hub.flows;
  await fill(hub, 1, "in_line");
  const read = await readBy(hub, async () => {
    await learnServices(hub.flows);
    const { deletionIds } = await unpark(store, "realty", 4);
    expect(deletionIds).toHaveLength(4);
  });
  expect(read).toBeGreaterThan(0); // or the counting sees nothing
  expect(read).toBeLessThan(rounds * 300);
});

test("nor does one that waits out a backoff, and all of it joins the line when the service is well", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ categories: ["1"], services: [[realty]] });
  const { store } = hub.flows;
  await fill(hub, 1, "in_backoff");
  const read = await readBy(hub, () => parkFirstBackoff(store, "realty"));
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(rounds * 300);
  await parkBackoff(store, "realty");
  const [row] = await hub.sql`select count(*)::int as count from parts where parked_at is null`;
  expect(row?.count).toBe(0);
});
