import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { placeHold } from "../../src/flows/admin/place-hold.ts";
import { type AuditEntry, exportAudit } from "../../src/flows/export-audit.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { findTraces } from "../store/support/traces.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { runTakeout } from "./run-takeout.ts";

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty]] });
});
beforeEach(async () => {
  await hub.sql`truncate audit_events, events, service_events, stuck_notices`;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

const run = (...args: string[]) =>
  runTakeout(["audit", "export", ...args], { DATABASE_URL: hub.databaseUrl });

async function linesOf(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const deletionId = "01980000-0000-7000-8000-000000000001";
const [before, first, inside, end] = [
  ...["2026-04-30T23:59:59.999Z", "2026-05-01T00:00:00.000Z"],
  ...["2026-05-31T23:59:59.999Z", "2026-06-01T00:00:00.000Z"],
] as [string, string, string, string];

/** One row of each kind. */
async function happen(at: string): Promise<void> {
  const { sql } = hub;
  await sql`insert into audit_events (at, client, login, act, target, reason, result)
    values (${at}, 'desk', 'alice', 'pauseService', 'realty', 'Migration, OPS-17', 'ok')`;
  await sql`insert into service_events (at, service, event) values (${at}, 'realty', 'paused')`;
  await sql`insert into events (at, deletion_id, category_id, service, attempt, event, to_state, source)
    values (${at}, ${deletionId}, '1', 'realty', 0, 'accepted', 'due', 'portal')`;
  await sql`insert into stuck_notices (at, deletion_id, category_id, service, threshold)
    values (${at}, ${deletionId}, ${at}, 'realty', 'warn')`;
}

test("a period has every kind of what happened from its first moment to before its last", async () => {
  for (const at of [before, first, inside, end]) await happen(at);
  const found = await linesOf("--from", "2026-05-01", "--to", "2026-06-01T02:00+02:00");
  const kinds = ["act", "service", "part", "notice"];
  expect(found.map(({ kind, at }) => [kind, at])).toEqual(
    kinds.flatMap((kind) => [
      [kind, first],
      [kind, inside],
    ]),
  );
  expect(found[0]).toEqual({
    ...{ kind: "act", at: first, client: "desk", login: "alice", act: "pauseService" },
    ...{ target: "realty", reason: "Migration, OPS-17", result: "ok" },
  });
  expect(found[2]).toEqual({ kind: "service", at: first, service: "realty", event: "paused" });
  expect(found[4]).toEqual({
    ...{ kind: "part", at: first, deletion_id: deletionId, category_id: "1", service: "realty" },
    ...{ attempt: 0, event: "accepted", from_state: null, to_state: "due", source: "portal" },
    error_code: null,
  });
});

test("a long trail comes whole and in order, from wherever the period begins, gaps in its numbers or none", async () => {
  await hub.sql`insert into events (at, deletion_id, category_id, service, attempt, event, to_state, source)
    select '2026-05-01'::timestamptz + n * interval '1 min', ${deletionId}, '1', 'realty', n, 'accepted', 'due', 'portal'
      from generate_series(0, 4999) as n`;
  await hub.sql`delete from events where attempt % 7 = 3 or attempt between 1000 and 2500`;
  await hub.sql`insert into stuck_notices (at, deletion_id, category_id, service, threshold)
    select '2026-05-02', ${deletionId}, n::text, 'realty', 'warn' from generate_series(1, 2500) as n`;
  const all = Array.from({ length: 5_000 }, (_, n) => n).filter(
    (n) => n % 7 !== 3 && (n < 1_000 || n > 2_500),
  );
  const timeOf = (n: number) => Date.parse("2026-05-01") + n * 60_000;
  for (const [from, to] of [
    [0, 5_000],
    [999, 2_502],
    [1_700, 4_100],
    [4_999, 5_000],
  ] as const) {
    const found: AuditEntry[] = [];
    const period = { from: timeOf(from), to: timeOf(to) };
    for await (const entry of exportAudit(hub.flows, period)) found.push(entry);
    const parts = found.filter(({ kind }) => kind === "part").map(({ attempt }) => attempt);
    expect(parts).toEqual(all.filter((n) => n >= from && n < to));
    const isNoticed = from <= 1_440 && to > 1_440;
    expect(found.length - parts.length).toBe(isNoticed ? 2_500 : 0);
  }
});

test("what was noted while the clock went back for minutes is found by its time", async () => {
  for (const at of ["2026-05-01T10:00Z", "2026-05-01T10:05Z", "2026-05-01T10:01Z"]) {
    await hub.sql`insert into service_events (at, service, event) values (${at}, 'realty', 'paused')`;
  }
  const minutes = async (from: string, to: string) =>
    (await linesOf("--from", from, "--to", to)).map(({ at }) => String(at).slice(14, 16));
  expect(await minutes("2026-05-01T10:01Z", "2026-05-01T10:02Z")).toEqual(["01"]);
  expect(await minutes("2026-05-01T10:02Z", "2026-05-01T10:06Z")).toEqual(["05"]);
});

test("what is not a minute old is left to the next export, whatever the period says", async () => {
  await hub.sql`insert into service_events (at, service, event)
    values (clock_timestamp() - interval '1 h', 'realty', 'paused'), (clock_timestamp(), 'realty', 'resumed')`;
  for (const to of [[], ["--to", "2999-01-01"]]) {
    const found = await linesOf("--from", "2020-01-01", ...to);
    expect(found.map(({ event }) => event)).toEqual(["paused"]);
  }
});

test("it bears no user: no uid, no hash of one, nothing that people wrote of one", async () => {
  const uid = "4071936582140759386210475918362";
  await hub.remove(uid, "Request.Zq7WkX2mVb9TfJ4hRs6NyC8d", ["1"]);
  await hub.drain();
  await hub.report(realty, doneReport(realty.deletes()[0]?.body, uid));
  const idempotency = { key: "k", request: Buffer.from("") };
  const reason = "Ms Doe, jane.doe@example.org, +7 (999) 123-45-67, account 5182047, in OPS-4711";
  await placeHold(hub.flows, {
    act: { client: "desk", login: "alice", operation: "placeHold", reason, idempotency },
    uid,
    categoryIds: null,
  });
  await hub.sql`update events set error_code = 'user_5182047' where event <> 'accepted'`;
  await hub.passTime(3_600_000);
  await hub.sql`update audit_events set at = at - interval '1 h'`;
  const { stdout } = await run("--from", "2020-01-01");
  const found = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(found.length).toBeGreaterThan(3);
  expect(found.find(({ kind }) => kind === "act")).toMatchObject({
    login: "alice",
    reason: "Ms Doe, […], […], account […], in OPS-4711",
  });
  const hash = hub.flows.subjects.of(uid);
  const secrets = { uid, hash, request: "Request.Zq7WkX2mVb9TfJ4hRs6NyC8d", other: "5182047" };
  expect(findTraces(stdout, secrets)).toEqual([]);
});

test("no more is read than is taken", async () => {
  await hub.sql`insert into service_events (at, service, event)
    select '2026-05-01', 'realty', 'paused' from generate_series(1, 3000)`;
  const { sql } = hub;
  let reads = 0;
  const counting = { ...hub.flows.store, sql: countingBegins(sql, () => (reads += 1)) };
  const entries = exportAudit({ store: counting }, { from: 0, to: null });
  await entries.next();
  const soFar = reads;
  for (let n = 1; n < 1_000; n += 1) await entries.next();
  expect(reads).toBe(soFar);
  await entries.next();
  expect(reads).toBe(soFar + 1);
  await entries.return(undefined);
});

function countingBegins(sql: TestHub["sql"], onBegin: () => void): TestHub["sql"] {
  return new Proxy(sql, {
    get(target, name) {
      if (name === "begin") onBegin();
      return Reflect.get(target, name);
    },
  });
}

test("a reader that goes away ends it, and it does not say that it is whole", async () => {
  await hub.sql`insert into service_events (at, service, event)
    select '2026-05-01', 'realty', 'paused' from generate_series(1, 20000)`;
  const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
  const args = [main, "audit", "export", "--from", "2026-01-01"];
  const child = spawn(process.execPath, args, { env: { DATABASE_URL: hub.databaseUrl } });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = await once(child, "close");
  expect([code, said]).toEqual([74, "nobody reads on: the export is not whole\n"]);
});

test.runIf(existsSync("/dev/full"))(
  "a disk that is full ends it, and it does not say that it is whole",
  async () => {
    await hub.sql`insert into service_events (at, service, event) values ('2026-05-01', 'realty', 'paused')`;
    const full = openSync("/dev/full", "w");
    const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
    const args = [main, "audit", "export", "--from", "2026-01-01"];
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { DATABASE_URL: hub.databaseUrl },
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    const said = "it cannot be written (ENOSPC): the export is not whole\n";
    expect([status, String(stderr)]).toEqual([74, said]);
  },
);

test.each([
  [[], "--from is required"],
  [["--from", "May"], '--from: expected a day or a time with its zone, got "May"'],
  [["--from", "2026-02-30"], "--from: expected a day or a time"],
  [["--from", "2026-05-01T10:00"], "--from: expected a day or a time with its zone"],
  [["--from", "2026-05-02", "--to", "2026-05-02"], "--to: expected a moment after --from"],
])("a period that makes no sense ends with 64: %j", async (args, hint) => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr).toContain(hint);
});

test("without a database it ends with 69", async () => {
  const { code, stderr } = await runTakeout(["audit", "export", "--from", "2026-05-01"], {
    DATABASE_URL: "postgres://127.0.0.1:1/takeout",
  });
  expect([code, stderr]).toEqual([69, "the database is not there, or not migrated\n"]);
});
