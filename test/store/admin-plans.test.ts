import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type DeletionsWanted,
  type StuckWanted,
  selectBacklogs,
  selectDeletionIds,
  selectIdsOfRequest,
  selectIdsOfUser,
  selectStuck,
} from "../../src/store/admin-lists.ts";
import { selectTrail } from "../../src/store/audit-trail.ts";
import type { Sql } from "../../src/store/connect.ts";
import { selectHolds } from "../../src/store/holds.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

/** Deletions in the ledger; each has four parts. One in a hundred is open, as many failed, and one in a thousand is tried again. */
const deletions = 20_000;
let hub: TestHub;
let sql: Sql;

beforeAll(async () => {
  // Where an index lacks, it shall be seen.
  hub = await createTestHub({ services: [], sessions: { enable_seqscan: "on" } });
  sql = hub.sql;
  const made = sql`(
    select n, ('01' || lpad(to_hex(n), 6, '0') || '-0000-7000-8000-000000000000')::uuid as id,
           md5('user ' || n)::uuid as subject, n % 100 = 0 as is_open, n % 100 = 1 as is_failed
      from generate_series(1, ${deletions}::int) as n) as d`;
  await sql`insert into deletions (id, subject, origin, accepted_at, closed_at, closed_as, wake_at)
    select id, subject, 'portal', now() - interval '2 d', case when not is_open then now() end,
           case when is_open then null when is_failed then 'failed' else 'done' end, now() from ${made}`;
  await sql`insert into deletion_categories (deletion_id, category_id, subject, closed_at)
    select id, c, subject, case when not is_open then now() end from ${made}, unnest('{1,2}'::text[]) as c`;
  await sql`insert into parts (deletion_id, category_id, service, subject, seq, state, failures, due_at, parked_at)
    select id, c, s, subject, n, case when is_open then 'due' when is_failed then 'delete_failed' else 'deleted' end,
           (n % 1000 = 0)::int, now(), case when is_open then now() end
      from ${made}, unnest('{1,2}'::text[]) as c, unnest('{realty,orders}'::text[]) as s`;
  await sql`insert into deletion_aliases select md5('alias ' || n)::uuid, id from ${made}`;
  await sql`insert into request_deletions select md5('request ' || n)::uuid, id from ${made}`;
  await sql`insert into holds (id, subject, reason, client, login)
    select id, subject, 'r', 'desk', 'alice' from ${made}`;
  await sql`insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
    select id, '1', 'realty', 0, 'accepted', 'due', 'portal' from ${made}`;
  // As autovacuum would at some moment: an index alone is dearer before it, and another one may be the cheapest.
  await sql`vacuum (analyze)`;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
});

type Statement = Parameters<Sql>[1];

/** By which indexes a statement finds its rows, and which tables it reads whole. */
async function explain(statement: unknown): Promise<{ indexes: string[]; readWhole: string[] }> {
  const [row] = await sql`explain (generic_plan, format json) ${statement as Statement}`;
  const text = JSON.stringify(row?.["QUERY PLAN"]);
  const all = (pattern: RegExp) =>
    [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();
  return {
    indexes: all(/"Index Name":"(\w+)"/g),
    readWhole: all(/"Node Type":"Seq Scan"[^}]*?"Relation Name":"(\w+)"/g).filter(
      // One row for each service.
      (name) => name !== "service_states",
    ),
  };
}

const anyDeletion: DeletionsWanted = {
  state: null,
  service: null,
  categoryId: null,
  olderThanMs: null,
  ids: null,
  before: null,
  now: Date.now(),
  limit: 50,
};
const before = "01002000-0000-7000-8000-000000000000";
const anyStuck: StuckWanted = {
  olderThanMs: 0,
  categoryIds: ["1", "2"],
  services: ["realty", "realty"],
  after: null,
  limit: 50,
};
const midway = { deletionId: before, service: "orders", categoryId: "1" };

test.each<[string, () => unknown, string[]]>([
  ["the newest deletions", () => selectDeletionIds(sql, anyDeletion), ["deletions_pkey"]],
  [
    "a later page of them",
    () => selectDeletionIds(sql, { ...anyDeletion, before }),
    ["deletions_pkey"],
  ],
  [
    "those that are open",
    () => selectDeletionIds(sql, { ...anyDeletion, state: "open", before }),
    ["deletions_open_id"],
  ],
  [
    "those that failed",
    () => selectDeletionIds(sql, { ...anyDeletion, state: "failed", before }),
    ["deletions_closed_as"],
  ],
  [
    "those that are done",
    () => selectDeletionIds(sql, { ...anyDeletion, state: "done" }),
    ["deletions_closed_as"],
  ],
  [
    "those of a service",
    () => selectDeletionIds(sql, { ...anyDeletion, service: "maps" }),
    ["deletions_pkey", "parts_deletion_id_category_id_service_pk"],
  ],
  [
    "those of a category",
    () => selectDeletionIds(sql, { ...anyDeletion, categoryId: "2" }),
    ["deletions_pkey", "parts_deletion_id_category_id_service_pk"],
  ],
  [
    "those that are old",
    () => selectDeletionIds(sql, { ...anyDeletion, olderThanMs: 1 }),
    ["deletions_pkey"],
  ],
  [
    "those of a user",
    () => selectIdsOfUser(sql, [before]),
    ["deletion_aliases_subject_deletion_id_pk", "deletion_categories_history"],
  ],
  [
    "those of a request",
    () => selectIdsOfRequest(sql, [before]),
    ["request_deletions_request_key_deletion_id_pk"],
  ],
  [
    "those that were found so",
    () => selectDeletionIds(sql, { ...anyDeletion, ids: [before] }),
    ["deletions_pkey"],
  ],
  [
    "what is stuck",
    () => selectStuck(sql, anyStuck),
    ["deletions_open_id", "parts_deletion_id_category_id_service_pk"],
  ],
  [
    "a later page of it",
    () => selectStuck(sql, { ...anyStuck, after: midway }),
    ["deletions_open_id", "parts_deletion_id_category_id_service_pk"],
  ],
  [
    "holds, and a later page of them",
    () => selectHolds(sql, { subjects: null, before, limit: 50 }),
    ["holds_pkey"],
  ],
  [
    "the holds of a user",
    () => selectHolds(sql, { subjects: [before], before: null, limit: 50 }),
    ["holds_subject"],
  ],
  ["a page of the trail of parts", () => selectTrail(sql, "part", 10_000), ["events_pkey"]],
])("%s are found by an index", async (_, statement, expected) => {
  const { indexes, readWhole } = await explain(statement());
  expect(readWhole).toEqual([]);
  for (const name of expected) expect(indexes).toContain(name);
});

test("the backlog of services is counted along the indexes of what is open, parked and failing", async () => {
  const { indexes, readWhole } = await explain(selectBacklogs(sql));
  expect(readWhole).toEqual([]);
  expect(indexes).toEqual(["parts_backoff", "parts_open_service", "parts_parked"]);
});
