import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { retryRetained } from "../../src/flows/retry-retained.ts";
import { rotateSecret } from "../../src/flows/rotate-secret.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { type DerivedKeys, subjectRange } from "../../src/store/keys.ts";
import { firstSnapshot, readSnapshots, storeWrapped } from "../../src/store/rewrap.ts";
import { lockSubjects, rewriteUser } from "../../src/store/rewrite-subject.ts";
import { openSnapshot, rewrapSnapshot, type SealedSnapshot } from "../../src/store/seal.ts";
import { transact } from "../../src/store/transaction.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { keptReports } from "../support/kept-reports.ts";
import { type KeyedProcess, newKeys, startKeyed } from "../support/keyed-process.ts";
import { until } from "../support/processes.ts";

/** Those whose rows the current secret's hash is to replace; a request needs its `request_id` for that. */
const subjectTables = [
  ...["deletion_aliases", "deletion_categories", "holds", "own_states", "parts", "reports"],
];

let realty: FakeService;
let identity: FakeService;
let hub: TestHub;
let oldKeys: DerivedKeys;
let keys: DerivedKeys;
/** Processes before the rotation, when the new secret is known, when it is current, and when it is all. */
let before: KeyedProcess;
let knowing: KeyedProcess;
let rotated: KeyedProcess;
let after: KeyedProcess;
let lastUid = 40_000;
let uid = "";
let alias = "";

beforeAll(async () => {
  realty = await startFakeService("realty");
  identity = await startFakeService("identity");
  hub = await createTestHub({
    services: [[realty]],
    config: { identity: { url: identity.url, client: "identity", timeoutMs: 10_000 } },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
  await identity[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await hub.sql`truncate requests, deletions, deletion_categories, deletion_aliases, parts, own_states,
    reports, events, holds, request_deletions, graphile_worker._private_jobs`;
  realty.calls.length = 0;
  oldKeys = newKeys();
  keys = newKeys();
  before = startKeyed(hub, oldKeys);
  knowing = startKeyed(hub, oldKeys, keys);
  rotated = startKeyed(hub, keys, oldKeys);
  after = startKeyed(hub, keys);
  lastUid += 2;
  uid = `${lastUid}`;
  alias = `${lastUid + 1}`;
  identity.onDelete = ({ body }) => {
    const one = body.yandex_uid === alias ? uid : body.yandex_uid;
    const accounts = [{ uid: one, is_portal: true }];
    if (one === uid) accounts.push({ uid: alias, is_portal: false });
    return { status: 200, body: { yandex_uids: accounts, complete: true } };
  };
});

const order = (of = uid) => realty.deletes().findLast(({ body }) => body.report_uid === of)?.body;

/** One whole deletion, with a report that comes twice and one of the service's own. */
async function deleteWhole(process: KeyedProcess, requestId = "r"): Promise<void> {
  expect((await process.remove(uid, requestId, ["1"])).status).toBe(200);
  await process.drain();
  for (let n = 0; n < 2; n += 1) {
    expect((await process.report(realty, doneReport(order(), "1"))).status).toBe(200);
  }
  await process.report(realty, { yandex_uid: uid, category_id: "2", state: "deleted" });
  await hub.sql`
    insert into holds (id, subject, category_ids, reason, client, login)
    values (gen_random_uuid(), ${process.flows.subjects.of(uid)}, '{9}', 'r', 'desk', 'alice')`;
}

async function countOf(secret: DerivedKeys, table: string): Promise<number> {
  const { from, to } = subjectRange(secret);
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from ${hub.sql(table)} where subject between ${from} and ${to}`;
  return row?.count ?? 0;
}

async function countAll(secret: DerivedKeys): Promise<Record<string, number>> {
  const counts = subjectTables.map(async (table) => [table, await countOf(secret, table)] as const);
  return Object.fromEntries(await Promise.all(counts));
}

const rows = {
  deletion_aliases: 1,
  deletion_categories: 1,
  holds: 1,
  own_states: 1,
  parts: 1,
  reports: 2,
};
const none = Object.fromEntries(subjectTables.map((table) => [table, 0]));

async function countDeletions(): Promise<number> {
  const [row] = await hub.sql<{ count: number }[]>`select count(*)::int as count from deletions`;
  return row?.count ?? 0;
}

test("every table that knows a user by a hash is either rewritten or named here", async () => {
  const found = await hub.sql<{ name: string }[]>`
    select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'subject' order by 1`;
  // Of exports: export-rotation.test.ts.
  const ofExports = ["exports", "export_subjects", "export_requests"];
  const rewritten = [...subjectTables, "deletions", "requests", ...ofExports].sort();
  expect(found.map(({ name }) => name)).toEqual(rewritten);
});

describe("after the secret was rotated", () => {
  test("status shows what was deleted before, and when", async () => {
    await deleteWhole(before);
    const [told] = (await before.status(uid)).data;
    expect(told).toMatchObject({ state: "empty", update_date: expect.any(String) });
    for (const process of [knowing, rotated, rotated, after]) {
      expect((await process.status(uid)).data[0]).toEqual(told);
    }
  });

  test("status rewrites the user's rows, and those of nobody else", async () => {
    await deleteWhole(before);
    await before.remove("77", "r", ["1"]);
    await rotated.status("78");
    expect([await countAll(oldKeys), await countAll(keys)]).toEqual([
      { ...rows, parts: 2, deletion_categories: 2 },
      none,
    ]);
    await rotated.status(uid);
    await rotated.status(alias);
    expect(await countAll(keys)).toEqual(rows);
    expect(await countAll(oldKeys)).toEqual({ ...none, parts: 1, deletion_categories: 1 });
    await rotated.status(uid);
    expect(await countAll(keys)).toEqual(rows);
  });

  test("so does a new deletion, which takes its place after the old ones", async () => {
    await deleteWhole(before);
    expect((await rotated.remove(uid, "r2", ["1", "2"])).status).toBe(200);
    expect(await countAll(oldKeys)).toEqual({ ...none, deletion_aliases: 1, reports: 0 });
    const subjects = await hub.sql`select distinct subject from deletions`;
    expect(subjects).toEqual([{ subject: rotated.flows.subjects.of(uid) }]);
    expect((await after.status(uid)).data[0]).toMatchObject({ state: "delete_in_progress" });
  });

  test("a repeat starts nothing, before completion and after", async () => {
    await before.remove(uid, "r", ["1"]);
    expect((await rotated.remove(uid, "r", ["1"])).status).toBe(200);
    await rotated.drain();
    await rotated.report(realty, doneReport(order(), "1"));
    for (const process of [knowing, rotated]) {
      expect((await process.remove(uid, "r", ["1"])).status).toBe(200);
      expect((await process.remove(uid, "r", ["2"])).status).toBe(409);
    }
    expect(await countDeletions()).toBe(1);
  });

  test("an open category is joined, not opened again", async () => {
    await before.remove(uid, "r", ["1"]);
    for (const [at, process] of [rotated, knowing, rotated].entries()) {
      expect((await process.remove(uid, `r${at}`, ["1"])).status).toBe(200);
    }
    expect(await countDeletions()).toBe(1);
    const joined = await hub.sql`select is_joined from deletion_categories`;
    expect(joined).toEqual([{ is_joined: true }]);
  });

  test("a report reaches its deletion, also by another uid, and also when it comes again", async () => {
    await before.remove(uid, "r", ["1", "2"]);
    await before.drain();
    const sent = order();
    const byAlias = { ...doneReport(sent, "1"), yandex_uid: alias };
    expect((await before.report(realty, byAlias)).status).toBe(200);
    for (const report of [byAlias, doneReport(sent, "2"), doneReport(sent, "2")]) {
      expect((await rotated.report(realty, report)).status).toBe(200);
    }
    const parts = await hub.sql`select state from parts`;
    expect(parts.map(({ state }) => state)).toEqual(["deleted", "deleted"]);
    const reports = await hub.sql`
      select category_id, sum(times)::int as times from ${keptReports(hub.sql)} group by 1 order by 1`;
    expect(reports).toEqual([
      { category_id: "1", times: 2 },
      { category_id: "2", times: 2 },
    ]);
  });

  test("a report of an older deletion is refused though the newer one bears another hash", async () => {
    await deleteWhole(before);
    const older = doneReport(order(), "1");
    await rotated.remove(uid, "r2", ["1"]);
    await rotated.drain();
    expect((await rotated.report(realty, { ...older, yandex_uid: alias })).status).toBe(409);
    expect((await rotated.report(realty, doneReport(order(), "1"))).status).toBe(200);
  });

  test("what two processes wrote under two hashes becomes one row", async () => {
    const own = { yandex_uid: uid, category_id: "2", state: "deleted" };
    const past = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await before.report(realty, { ...own, completed_at: past(30) });
    await startKeyed(hub, keys).report(realty, { ...own, completed_at: past(20) });
    // As a race leaves it: the same report, moved by one process while another wrote it.
    await hub.sql`
      insert into reports (subject, category_id, service, body_hash, state, effect, kid, times)
      select ${rotated.flows.subjects.of(uid)}, category_id, service, body_hash, state, effect, kid, 3
        from reports where subject = ${before.flows.subjects.of(uid)}`;
    await rotated.status(uid);
    const states =
      await hub.sql`select subject, deleted_at < now() - interval '25 minutes' as is_older
      from own_states`;
    expect(states).toEqual([{ subject: rotated.flows.subjects.of(uid), is_older: false }]);
    const reports = await hub.sql`select times from reports order by 1`;
    expect(reports).toEqual([{ times: 1 }, { times: 4 }]);
  });
});

describe("the scheduled task", () => {
  const sealKeys = async () => {
    const found = await hub.sql<{ id: string }[]>`
      select seal_key_id as id, count(*)::int as count from deletions group by 1 order by 1`;
    return found.map((row) => Object.values(row));
  };

  test("wraps the snapshots of open and of failed deletions anew, and rewrites their users", async () => {
    await before.remove(uid, "r", ["1"]);
    await before.drain();
    await before.remove("77", "r", ["1"]);
    realty.onDelete = () => ({ status: 409, body: { code: "delete_denied", reason: "debt" } });
    await before.drain();
    realty.onDelete = () => ({ status: 200 });
    await rotateSecret(rotated.flows);
    expect(await sealKeys()).toEqual([[keys.sealKeyId, 2]]);
    expect(await countAll(oldKeys)).toEqual(none);
    expect(await countOf(oldKeys, "requests")).toBe(0);
    const [current] = after.flows.subjects.requestKeys("r");
    const linked = await hub.sql`select distinct request_key as key from request_deletions`;
    expect(linked).toEqual([{ key: current }]);
    // Now the old secret is needed by none of them.
    expect((await after.remove(uid, "r", ["1"])).status).toBe(200);
    expect((await after.remove(uid, "r", ["2"])).status).toBe(409);
    await after.report(realty, { ...doneReport(order(), "1"), yandex_uid: alias });
    expect((await after.status(uid)).data[0]).toMatchObject({ state: "empty" });
    expect(await countDeletions()).toBe(2);
  });

  test("opens what it wrapped, for that deletion alone", async () => {
    await before.remove(uid, "r", ["1"]);
    await rotateSecret(rotated.flows);
    const [row] = await hub.sql<(SealedSnapshot & { id: string })[]>`
      select id, sealed, wrapped, seal_key_id as "sealKeyId" from deletions`;
    if (!row) throw new Error("no deletion");
    const { keyring } = after.flows;
    expect(openSnapshot(keyring, row.id, row)).toMatchObject({ reportUid: uid, requestId: "r" });
    expect(() => openSnapshot(keyring, "0199a0f0-0000-7000-8000-000000000000", row)).toThrow();
    expect(() => openSnapshot(before.flows.keyring, row.id, row)).toThrow();
  });

  test("comes through all of them in batches, past those that no secret opens", async () => {
    const deletions = 1_203;
    await before.remove(uid, "r", ["1"]);
    const lost = startKeyed(hub, newKeys());
    await lost.remove("77", "r", ["1"]);
    await hub.sql`
      insert into deletions (id, subject, origin, accepted_at, sealed, wrapped, seal_key_id, closed_at, sealed_until)
      select gen_random_uuid(), gen_random_uuid(), origin, accepted_at, sealed, wrapped, seal_key_id,
             case when n % 2 = 0 then now() end,
             case when n % 2 = 0 then now() + n / 4 * interval '1 minute' end
        from deletions, generate_series(1, ${deletions}::int) as n
       where seal_key_id = ${oldKeys.sealKeyId}`;
    // A copy does not open under another's id; what is counted here is that each was looked at.
    const looked = new Set<string>();
    const log = {
      ...rotated.flows.log,
      error: (fields: { deletion_id?: string }) => void looked.add(fields.deletion_id ?? ""),
    };
    await rotateSecret({ ...rotated.flows, log });
    expect(looked.size).toBe(deletions + 1);
    expect(await sealKeys()).toContainEqual([keys.sealKeyId, 1]);
    expect(await sealKeys()).toContainEqual([oldKeys.sealKeyId, deletions]);
  });

  test("leaves a snapshot alone that somebody works on, and one that is gone", async () => {
    await before.remove(uid, "r", ["1"]);
    const { rotating } = await hub.sql.begin(async (tx) => {
      await tx`select from deletions for update`;
      // The users' rows wait for the lock; the snapshots do not.
      const rotating = rotateSecret(rotated.flows);
      await until("a rewriting that waits", async () => {
        const waiting = await hub.sql`
          select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        return waiting.length === 1;
      });
      await tx`update deletions set sealed = null, wrapped = null, seal_key_id = null, closed_at = now()`;
      return { rotating };
    });
    await rotating;
    await rotateSecret(rotated.flows);
    const [row] = await hub.sql`select sealed, wrapped, seal_key_id from deletions`;
    expect(row).toEqual({ sealed: null, wrapped: null, seal_key_id: null });
  });

  test("brings back nothing that was destroyed, and undoes nothing, while it worked", async () => {
    await before.remove(uid, "r", ["1"]);
    await before.remove("77", "r", ["1"]);
    const { store, keyring } = rotated.flows;
    const { snapshots } = await readSnapshots(store, firstSnapshot);
    const rewrapped = snapshots.map((row) => ({
      before: row,
      after: rewrapSnapshot(keyring, row.deletionId, row),
    }));
    const [first, second] = snapshots.map(({ deletionId }) => deletionId);
    await hub.sql`update deletions set sealed = null, wrapped = null, seal_key_id = null where id = ${first ?? ""}`;
    await hub.sql`update deletions set seal_key_id = 'another' where id = ${second ?? ""}`;
    expect(await storeWrapped(store, rewrapped)).toBe(0);
    const left = await hub.sql`select wrapped from deletions where id = ${first ?? ""}`;
    expect(left).toEqual([{ wrapped: null }]);
  });

  test("does nothing where one secret is all there is, nor where it is told to stop", async () => {
    await before.remove(uid, "r", ["1"]);
    await rotateSecret(after.flows);
    await rotateSecret(rotated.flows, AbortSignal.abort());
    expect(await sealKeys()).toEqual([[oldKeys.sealKeyId, 1]]);
  });
});

describe("processes with the secrets in either order", () => {
  test("that are asked for one category at once open it once", async () => {
    for (let round = 0; round < 10; round += 1) {
      const user = `5${round}`;
      const answers = await Promise.all(
        [knowing, rotated, knowing, rotated].map((process, at) =>
          process.remove(user, `r${at}`, ["1", "2"]),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
    expect(await countDeletions()).toBe(10);
    const open = await hub.sql<{ count: number }[]>`
      select count(*)::int as count from deletion_categories where closed_at is null`;
    expect(open[0]?.count).toBe(20);
  });

  test("that are sent one request at once record it once", async () => {
    for (let round = 0; round < 10; round += 1) {
      const user = `6${round}`;
      const processes = [knowing, rotated, rotated, knowing];
      const answers = await Promise.all(
        processes.map((process) => process.remove(user, "r", ["1"])),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
    const [row] = await hub.sql`select count(*)::int as count from requests`;
    expect(row).toEqual({ count: 10 });
    const joined = await hub.sql`select from deletion_categories where is_joined`;
    expect([joined.length, await countDeletions()]).toEqual([0, 10]);
  });

  test("wait for each other, whichever secret is the first of each", async () => {
    const { accepting } = await transact(hub.flows.store, async (sql) => {
      await lockSubjects(sql, before.flows.subjects.allOf(uid));
      let isAccepted = false;
      const accepting = rotated.remove(uid, "r", ["1"]).then(({ status }) => {
        isAccepted = status === 200;
      });
      await until("an acceptance that waits", async () => {
        const waiting = await hub.sql`
          select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
        return waiting.length === 1;
      });
      expect(isAccepted).toBe(false);
      return { accepting };
    });
    await accepting;
    expect(await countDeletions()).toBe(1);
  });

  test("lose nothing under load while users are rewritten back and forth", async () => {
    const users = Array.from({ length: 12 }, (_, at) => `7${at}`);
    const anyOf = (at: number) => (at % 2 === 0 ? knowing : rotated);
    const live = async (user: string, at: number) => {
      for (let n = 0; n < 3; n += 1) {
        const sent = [anyOf(at + n), anyOf(at + n + 1)].map((process) =>
          process.remove(user, `r${n}`, ["1"]),
        );
        for (const { status } of await Promise.all(sent)) expect(status).toBe(200);
        expect((await anyOf(at + n).status(user)).data[0].state).toBe("delete_in_progress");
        await until("the call", async () => {
          await anyOf(at + n).drain();
          return realty.deletes().filter(({ body }) => body.report_uid === user).length > n;
        });
        const reports = [anyOf(at), anyOf(at + 1)].map((process) =>
          process.report(realty, doneReport(order(user), "1")),
        );
        for (const { status } of await Promise.all(reports)) expect(status).toBe(200);
        const [told] = (await anyOf(at + n + 1).status(user)).data;
        expect(told).toMatchObject({ state: "empty", update_date: expect.any(String) });
      }
    };
    let isOver = false;
    const rotating = (async () => {
      while (!isOver) {
        for (const { flows } of [rotated, knowing]) await rotateSecret(flows);
        for (const user of users)
          await rewriteUser(hub.flows.store, knowing.flows.subjects.allOf(user));
      }
    })();
    await Promise.all(users.map(live)).finally(() => {
      isOver = true;
    });
    await rotating;
    expect(await countDeletions()).toBe(users.length * 3);
    const [row] = await hub.sql`
      select count(*)::int as parts, (count(*) filter (where state = 'deleted'))::int as deleted from parts`;
    expect(row).toEqual({ parts: users.length * 3, deleted: users.length * 3 });
    const odd = await hub.sql`
      select from deletions d join parts p on p.deletion_id = d.id join deletion_categories c on c.deletion_id = d.id
       where p.subject <> d.subject or c.subject <> d.subject`;
    expect(odd).toHaveLength(0);
  });
});

describe("whose secret is lost", () => {
  const dayMs = 86_400_000;
  const isSealed = async () => {
    const [row] = await hub.sql`select sealed is not null as sealed from deletions`;
    return row?.sealed;
  };

  test("a deletion is not called any more, and ends at its deadline", async () => {
    await before.remove(uid, "r", ["1"]);
    await hub.passTime(dayMs);
    await after.drain();
    await hub.passTime(30 * dayMs);
    await sweep(after.flows);
    await after.drain();
    expect(await hub.sql`select state, error_code from parts`).toEqual([
      { state: "delete_failed", error_code: "deadline_passed" },
    ]);
    expect(realty.deletes()).toEqual([]);
  });

  test("what was retained is given up in time, and forgotten", async () => {
    await before.remove(uid, "r", ["1"]);
    await before.drain();
    const retained_until = new Date(Date.now() + 30 * dayMs).toISOString();
    const kept = { outcome: "retained", reason: "tax_law", retained_until };
    await before.report(realty, { ...doneReport(order(), "1"), ...kept });
    await hub.passTime(31 * dayMs);
    await retryRetained(after.flows);
    await sweep(after.flows);
    expect(await isSealed()).toBe(true);
    await hub.passTime(30 * dayMs);
    await retryRetained(after.flows);
    await sweep(after.flows);
    expect(await isSealed()).toBe(false);
  });
});
