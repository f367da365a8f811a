import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rotateSecret } from "../../src/flows/rotate-secret.ts";
import { forgetLedger } from "../../src/flows/upkeep-ledger.ts";
import { forgetRequests } from "../../src/flows/upkeep-requests.ts";
import { deriveKeyring } from "../../src/store/keys.ts";
import { sealSnapshot } from "../../src/store/seal.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { newKeys, startKeyed } from "../support/keyed-process.ts";
import { endSessions } from "../support/sessions.ts";

const tables = [
  ...[
    "deletion_aliases",
    "deletion_categories",
    "deletions",
    "events",
    "holds",
    "idempotency_keys",
  ],
  ...["own_states", "parts", "reports", "request_deletions", "requests", "resolve_proposals"],
];
const users = 20_000;
/** Of these, so many are old enough to be forgotten: more than fit into a batch. */
const old = 600;

let hub: TestHub;
let observer: postgres.Sql;

beforeAll(async () => {
  // Where an index lacks, it shall be seen.
  hub = await createTestHub({ services: [], sessions: { enable_seqscan: "on" } });
  observer = postgres(hub.databaseUrl, { max: 1 });
});
afterAll(async () => {
  await observer.end();
  await hub[Symbol.asyncDispose]();
});

async function fill(): Promise<void> {
  const subject = observer`md5('user ' || n)::uuid`;
  const id = observer`md5('deletion ' || n)::uuid`;
  const at = observer`now() - case when n <= ${old} then interval '2000 days' else interval '1 day' end`;
  const all = observer`generate_series(1, ${users}::int) as n`;
  const key = observer`md5('request ' || n)::uuid`;
  await observer`insert into requests select ${subject}, ${key}, '{1,2}', ${at} from ${all}`;
  await observer`insert into request_deletions (request_key, deletion_id, created_at)
    select ${key}, ${id}, ${at} from ${all}`;
  await observer`insert into idempotency_keys select ${key}, ${key}, '{}', ${at} from ${all}`;
  await observer`insert into deletions (id, subject, origin, accepted_at, closed_at)
    select ${id}, ${subject}, 'portal', ${at}, ${at} from ${all}`;
  await observer`insert into deletion_aliases select md5('alias ' || n)::uuid, ${id} from ${all}`;
  await observer`insert into resolve_proposals (deletion_id, state, reason, client, login)
    select ${id}, 'resolved', 'r', 'desk', 'alice' from ${all}`;
  await observer`insert into deletion_categories (deletion_id, category_id, subject, closed_at, deleted_at)
    select ${id}, c, ${subject}, ${at}, ${at} from ${all}, unnest('{1,2}'::text[]) as c`;
  await observer`insert into parts (deletion_id, category_id, service, subject, seq, state, due_at, closed_at)
    select ${id}, c, s, ${subject}, n, 'deleted', ${at}, ${at}
      from ${all}, unnest('{1,2}'::text[]) as c, unnest('{realty,orders}'::text[]) as s`;
  await observer`insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
    select ${id}, c, 'realty', 1, 'accepted', 'due', 'portal' from ${all}, unnest('{1,2}'::text[]) as c`;
  await observer`insert into own_states select ${subject}, '1', 'realty', ${at} from ${all}`;
  await observer`insert into holds (id, subject, reason, client, login)
    select gen_random_uuid(), ${subject}, 'r', 'desk', 'alice' from ${all}`;
  await observer`insert into reports (subject, category_id, service, body_hash, deletion_id, state, effect, kid, last_received_at)
    select ${subject}, '1', 'realty', ${key}, ${id}, 'deleted', 'recorded', 'k', ${at} from ${all}`;
}

/** How many rows a table has, asked by a session of its own, which is none of those that are watched. */
async function countRows(table: string): Promise<number> {
  const sql = postgres(hub.databaseUrl, { max: 1 });
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`;
  await sql.end();
  return row?.count ?? 0;
}

/** How often each table was read whole, and by an index. Sessions tell what they did when they end. */
async function readScans(): Promise<Map<string, { whole: number; byIndex: number }>> {
  await endSessions(observer, hub.sql);
  const rows = await observer<{ name: string; whole: number; byIndex: number }[]>`
    select relname as name, seq_scan::int as whole, idx_scan::int as "byIndex"
      from pg_stat_user_tables where schemaname = 'public' and relname = any(${tables})`;
  return new Map(rows.map(({ name, ...scans }) => [name, scans]));
}

async function expectIndexesOnly(work: () => Promise<void>, used: readonly string[]) {
  const before = await readScans();
  await work();
  const after = await readScans();
  const since = (name: string, how: "whole" | "byIndex") =>
    (after.get(name)?.[how] ?? 0) - (before.get(name)?.[how] ?? 0);
  expect(tables.filter((name) => since(name, "whole") > 0)).toEqual([]);
  expect(used.filter((name) => since(name, "byIndex") === 0)).toEqual([]);
}

test("what is old goes, and a rotation finds its rows, without reading a grown table whole", async () => {
  await fill();
  await observer`analyze`;
  await expectIndexesOnly(
    async () => {
      await forgetRequests(hub.flows);
      await forgetLedger(hub.flows);
      // Again, now that nothing is left to be found.
      await forgetRequests(hub.flows);
      await forgetLedger(hub.flows);
    },
    tables.filter((name) => name !== "holds"),
  );
  for (const table of tables.filter((name) => name !== "events" && name !== "holds")) {
    expect([table, (await countRows(table)) % (users - old)]).toEqual([table, 0]);
  }

  const { current } = deriveKeyring([randomBytes(32)]);
  const before = startKeyed(hub, current);
  for (let n = 0; n < 20; n += 1) {
    const subject = before.flows.subjects.of(`${n}`);
    const id = `0199a0f0-0000-7000-8000-${`${n}`.padStart(12, "0")}`;
    const identity = { uids: [{ uid: `${n}`, isPortal: true }] };
    const sealed = sealSnapshot(current, id, { reportUid: `${n}`, requestId: "r", identity });
    await observer`insert into deletions (id, subject, origin, accepted_at, sealed, wrapped, seal_key_id)
      values (${id}, ${subject}, 'portal', now(), ${sealed.sealed}, ${sealed.wrapped}, ${sealed.sealKeyId})`;
    await observer`insert into deletion_categories (deletion_id, category_id, subject) values (${id}, '1', ${subject})`;
  }
  const rotated = startKeyed(hub, newKeys(), current);
  const used = tables.filter(
    (name) => !["events", "idempotency_keys", "resolve_proposals"].includes(name),
  );
  await expectIndexesOnly(
    () => rotateSecret(rotated.flows),
    used.filter((name) => name !== "request_deletions"),
  );
});
