import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { keptReports } from "../support/kept-reports.ts";
import { namesIn } from "../support/naming.ts";
import { readAnswer } from "./support/answers.ts";
import { dumpTables } from "./support/tables.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
/** Goes after alpha, and holds category 2 with it. */
let beta: FakeService;
/** Holds category 3 alone. */
let gamma: FakeService;
let hub: TestHub;

beforeAll(async () => {
  [alpha, beta, gamma] = await Promise.all([
    startFakeService("alpha"),
    startFakeService("beta"),
    startFakeService("gamma"),
  ]);
  hub = await createTestHub({
    categories: ["1", "2", "3"],
    services: [
      [alpha, { categories: ["1", "2"], attempts: 3 }],
      [beta, { categories: ["2"], after: ["alpha"] }],
      [gamma, { categories: ["3"] }],
    ],
    overrides: { random: () => 0 },
  });
});
beforeEach(() => {
  for (const service of [alpha, beta, gamma]) {
    service.calls.length = 0;
    service.onDelete = () => ({ status: 200 });
  }
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  for (const service of [alpha, beta, gamma]) await service[Symbol.asyncDispose]();
});

type Body = Record<string, unknown>;

/** Sends a report as it is and holds the answer to the contract. */
async function send(service: FakeService, body: Body) {
  return await readAnswer("setDataStatus", await hub.report(service, body));
}

/** A report that the hub acknowledges. */
async function report(service: FakeService, body: Body): Promise<void> {
  const { status, body: answer } = await send(service, { state: "deleted", ...body });
  expect([status, answer]).toEqual([200, {}]);
}

/** Accepts a deletion without calling anybody yet. */
async function accept(uid: string, ids: readonly string[]): Promise<string> {
  expect((await hub.remove(uid, randomUUID(), ids)).status).toBe(200);
  const [row] = await hub.sql<{ id: string }[]>`
    select id from deletions where subject = ${hub.flows.subjects.of(uid)} order by seq desc limit 1`;
  return row?.id ?? "";
}

/** Accepts a deletion and makes the calls that are due. */
async function begin(uid: string, ids: readonly string[]): Promise<string> {
  const id = await accept(uid, ids);
  await hub.drain();
  return id;
}

interface StoredPart {
  readonly state: string;
  readonly attempt: number;
  readonly failures: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly retained_until: string | null;
}

/** The part of the user's newest deletion. */
async function partOf(uid: string, categoryId = "1", service = "alpha"): Promise<StoredPart> {
  const [row] = await hub.sql<StoredPart[]>`
    select state, attempt, failures, outcome, reason, error_code, retained_until from parts
     where subject = ${hub.flows.subjects.of(uid)} and category_id = ${categoryId}
       and service = ${service} order by seq desc limit 1`;
  if (!row) throw new Error("no such part");
  return row;
}

async function ownStateOf(uid: string, categoryId: string, service: string) {
  const [row] = await hub.sql<{ at: number }[]>`
    select (extract(epoch from deleted_at) * 1000)::float8 as at from own_states
     where subject = ${hub.flows.subjects.of(uid)} and category_id = ${categoryId}
       and service = ${service}`;
  return row?.at ?? null;
}

const iso = (at: number) => new Date(at).toISOString();
const minute = 60_000;

describe("a report of four fields is enough", () => {
  test("deleted closes the part, and with the last part the deletion", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect(await partOf(uid)).toMatchObject({ state: "deleted", outcome: "erased" });
    const [deletion] = await hub.sql`
      select closed_at is null as is_open, sealed, wrapped from deletions where id = ${id}`;
    expect(deletion).toEqual({ is_open: false, sealed: null, wrapped: null });
  });

  test("delete_failed is tried again", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed" });
    expect(await partOf(uid)).toMatchObject({
      state: "due",
      failures: 1,
      error_code: "reported_failed",
    });
    await hub.drain();
    expect(await partOf(uid)).toMatchObject({ state: "accepted", attempt: 2 });
    expect(alpha.deletes()).toHaveLength(2);
  });

  test("it moves the named category of the calling service only", async () => {
    const uid = newUid();
    await begin(uid, ["1", "2"]);
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    expect((await partOf(uid, "2")).state).toBe("deleted");
    expect((await partOf(uid, "1")).state).toBe("accepted");
    await hub.drain();
    expect((await partOf(uid, "2", "beta")).state).toBe("waiting");
  });

  test("with and without the trailing slash", async () => {
    const headers = {
      "content-type": "application/json",
      "x-ya-service-ticket": await alpha.client.serviceTicket(),
    };
    const body = JSON.stringify({
      yandex_uid: newUid(),
      category_id: "1",
      state: "deleted",
      service: "alpha",
    });
    for (const path of ["/takeout/set_data_status", "/takeout/set_data_status/?x=1"]) {
      const response = await hub.app.request(path, { method: "POST", headers, body });
      expect((await readAnswer("setDataStatus", response)).status).toBe(200);
    }
  });
});

describe("what more a report can say is kept", () => {
  test.each(["erased", "anonymized", "retained", "nothing_found"])(
    "outcome %s",
    async (outcome) => {
      const uid = newUid();
      await begin(uid, ["1"]);
      await report(alpha, { yandex_uid: uid, category_id: "1", outcome });
      expect(await partOf(uid)).toMatchObject({ state: "deleted", outcome });
    },
  );

  test("until when and why something is retained", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    const retained_until = iso(Date.now() + minute);
    const said = { outcome: "retained", retained_until, reason: "tax_law" };
    await report(alpha, { yandex_uid: uid, category_id: "1", ...said });
    const { outcome, reason, retained_until: until } = await partOf(uid);
    expect([outcome, reason, iso(Date.parse(until ?? ""))]).toEqual([
      "retained",
      "tax_law",
      retained_until,
    ]);
  });

  test("the code of an error, and of its message nothing", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    const error = { code: "database_locked", message: `rows of ${uid} are locked` };
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed", error });
    expect((await partOf(uid)).error_code).toBe("database_locked");
    expect(namesIn(JSON.stringify(await dumpTables(hub)), uid)).toEqual([]);
  });

  test("no code that names the user", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    const error = { code: `failed-for-${uid}` };
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed", error });
    expect((await partOf(uid)).error_code).toBe("unspecified");
  });

  test.each([
    "2025-03-01t10:00:00z",
    "2025-03-01T13:00:00.123456789+03:00",
    "2024-02-29T00:00:00-00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
  ])("every instant of RFC 3339 is taken: %s", async (at) => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    const said = { deletion_id: id, attempt: 1, completed_at: at, from: at, to: at };
    const retained = { outcome: "retained", retained_until: at };
    await report(alpha, { yandex_uid: uid, category_id: "1", ...said, ...retained });
    expect((await partOf(uid)).state).toBe("deleted");
  });

  test("the ticket's key and a hash of the body are kept with each report", async () => {
    const uid = newUid();
    const about = { yandex_uid: uid, category_id: "1" };
    await report(alpha, about);
    await report(alpha, { ...about, outcome: "nothing_found" });
    await report(alpha, about);
    const rows = await hub.sql`
      select kid, body_hash, times, state, outcome, effect from reports
       where subject = ${hub.flows.subjects.of(uid)} order by id`;
    expect(rows).toMatchObject([
      { kid: "alpha-1", times: 2, state: "deleted", outcome: "erased", effect: "own_state" },
      { kid: "alpha-1", times: 1, state: "deleted", outcome: "nothing_found" },
    ]);
    expect(rows[0]?.body_hash).not.toBe(rows[1]?.body_hash);
  });

  test.each<[what: string, more: Body, event: string]>([
    ["closes its part", {}, "reported_deleted"],
    ["closes its part, and says what stays", { outcome: "retained" }, "reported_deleted"],
    ["says that it failed", { state: "delete_failed" }, "reported_failed"],
    ["fails it for good", { state: "delete_failed", retriable: false }, "reported_failed_finally"],
  ])("and with the event of one that %s", async (_what, more, event) => {
    const uid = newUid();
    const deletion_id = await begin(uid, ["1"]);
    const completed_at = "2025-03-01T10:00:00.000Z";
    const body = { yandex_uid: uid, category_id: "1", deletion_id, completed_at, ...more };
    await report(alpha, body);
    const own = hub.sql`events where deletion_id = ${deletion_id}`;
    const [row] = await hub.sql`
      select kid, body_hash, completed_at = ${completed_at} as is_of_then from ${own} and event = ${event}`;
    expect(row).toMatchObject({ kid: "alpha-1", is_of_then: true });
    const others = await hub.sql`select from ${own} and event <> ${event} and kid is not null`;
    expect(others.length).toBe(0);
    await report(alpha, body);
    const [repeat] = await hub.sql`
      select body_hash from reports where subject = ${hub.flows.subjects.of(uid)}`;
    expect(row?.body_hash).toBe(repeat?.body_hash);
  });
});

describe("refusals change nothing", () => {
  const good = (): Body => ({ yandex_uid: newUid(), category_id: "1", state: "deleted" });
  const cases: [what: string, change: Body, status: number, code: string, pointer?: string][] = [
    ["no uid", { yandex_uid: undefined }, 400, "bad_request", ""],
    ["no category", { category_id: undefined }, 400, "bad_request", ""],
    ["no state", { state: undefined }, 400, "bad_request", ""],
    ["no service", { service: undefined }, 400, "bad_request", ""],
    ["an unknown field", { colour: "blue" }, 400, "bad_request", ""],
    ["a field of every object", { ["__proto__"]: {} }, 400, "bad_request", ""],
    ["an unknown field of error", { error: { code: "x", y: 1 } }, 400, "bad_request", "/error"],
    ["an error without code", { error: {} }, 400, "bad_request", "/error"],
    ["a uid that is a number", { yandex_uid: 4001 }, 400, "bad_request", "/yandex_uid"],
    ["a uid with a leading zero", { yandex_uid: "04001" }, 400, "bad_request", "/yandex_uid"],
    ["a uid with a line after it", { yandex_uid: "4001\n" }, 400, "bad_request", "/yandex_uid"],
    ["a uid of 33 digits", { yandex_uid: "1".repeat(33) }, 400, "bad_request", "/yandex_uid"],
    ["another state", { state: "empty" }, 400, "bad_request", "/state"],
    ["a state in capitals", { state: "Deleted" }, 400, "bad_request", "/state"],
    ["another outcome", { outcome: "gone" }, 400, "bad_request", "/outcome"],
    ["an attempt that is text", { attempt: "1" }, 400, "bad_request", "/attempt"],
    ["half an attempt", { attempt: 1.5 }, 400, "bad_request", "/attempt"],
    ["too many attempts", { attempt: 2 ** 31 }, 400, "bad_request", "/attempt"],
    ["retriable as text", { retriable: "no" }, 400, "bad_request", "/retriable"],
    ["a day without a time", { completed_at: "2025-03-01" }, 400, "bad_request", "/completed_at"],
    ["no such day", { to: "2025-02-29T00:00:00Z" }, 400, "bad_request", "/to"],
    ["a time without a zone", { to: "2025-03-01T10:00:00" }, 400, "bad_request", "/to"],
    ["an instant that is null", { from: null }, 400, "bad_request", "/from"],
    ["a reason with U+0000", { reason: "a\u0000b" }, 400, "bad_request", "/reason"],
    ["an empty deletion_id", { deletion_id: "" }, 400, "bad_request", "/deletion_id"],
    ["another service's name", { service: "beta" }, 403, "service_mismatch"],
    ["nobody's name", { service: "nobody" }, 403, "service_mismatch"],
    ["an unknown category", { category_id: "9" }, 400, "category_unknown"],
    ["a category that every object has", { category_id: "constructor" }, 400, "category_unknown"],
    ["an unknown deletion", { deletion_id: randomUUID() }, 409, "stale_deletion"],
    ["a deletion_id that is none of ours", { deletion_id: "42'--" }, 409, "stale_deletion"],
  ];
  test.each(cases)("%s", async (_what, change, status, code, pointer) => {
    const before = await dumpTables(hub);
    const answer = await send(alpha, { ...good(), ...change });
    expect([answer.status, answer.code]).toEqual([status, code]);
    if (pointer !== undefined) {
      expect(answer.body.errors).toContainEqual({ pointer, detail: expect.any(String) });
    }
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("no answer repeats what was sent", async () => {
    const telling = "a-telling-value";
    const fields = ["yandex_uid", "state", "attempt", "outcome", "completed_at", telling];
    const change = Object.fromEntries(fields.map((field) => [field, telling]));
    const { code, body } = await send(alpha, { ...good(), ...change });
    expect(code).toBe("bad_request");
    expect(JSON.stringify(body)).not.toContain(telling);
  });
});

describe("a report with a deletion_id is of the newest deletion or of none", () => {
  const stale = async (uid: string, deletion_id: string, service = alpha, category_id = "1") => {
    const before = await dumpTables(hub);
    const body = { yandex_uid: uid, category_id, state: "deleted", deletion_id };
    const { status, code } = await send(service, body);
    expect([status, code]).toEqual([409, "stale_deletion"]);
    expect(await dumpTables(hub)).toEqual(before);
  };

  test("one of an older deletion is refused for good", async () => {
    const uid = newUid();
    const older = await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1", deletion_id: older });
    const newer = await begin(uid, ["1"]);
    await stale(uid, older);
    expect((await partOf(uid)).state).toBe("accepted");
    await report(alpha, { yandex_uid: uid, category_id: "1", deletion_id: newer });
    await stale(uid, older);
    expect((await partOf(uid)).state).toBe("deleted");
  });

  test("one of another user's deletion is refused", async () => {
    const [mine, other] = [newUid(), newUid()];
    const id = await begin(other, ["1"]);
    await begin(mine, ["1"]);
    await stale(mine, id);
    await stale(newUid(), id);
  });

  test("one of a deletion without a part of that service or category is refused", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    await stale(uid, id, beta, "2");
    await stale(uid, id, alpha, "2");
  });

  test("a newer deletion of other categories makes nothing stale", async () => {
    const uid = newUid();
    const first = await begin(uid, ["1"]);
    await begin(uid, ["2"]);
    await report(alpha, { yandex_uid: uid, category_id: "1", deletion_id: first });
    expect((await partOf(uid)).state).toBe("deleted");
  });

  test("it counts even if its clock was behind the fence", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    const completed_at = iso(Date.now() - 10 * minute);
    await report(alpha, { yandex_uid: uid, category_id: "1", deletion_id: id, completed_at });
    expect((await partOf(uid)).state).toBe("deleted");
  });
});

describe("a plain report", () => {
  test.each(["completed_at", "to"])(
    "whose %s precedes the fence is a late repeat and moves nothing",
    async (field) => {
      const uid = newUid();
      await begin(uid, ["1"]);
      const late = { yandex_uid: uid, category_id: "1", [field]: iso(Date.now() - minute) };
      await report(alpha, late);
      expect((await partOf(uid)).state).toBe("accepted");
      await report(alpha, { ...late, state: "delete_failed", retriable: false });
      expect((await partOf(uid)).state).toBe("accepted");
      expect(await ownStateOf(uid, "1", "alpha")).toBeNull();
    },
  );

  test("whose `to` is the fence itself counts", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    const { to } = alpha.deletes()[0]?.body ?? {};
    await report(alpha, { yandex_uid: uid, category_id: "1", to });
    expect((await partOf(uid)).state).toBe("deleted");
  });

  test("belongs to the newest deletion by acceptance", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    const older = await begin(uid, ["1"]);
    alpha.onDelete = () => ({ status: 200 });
    const newer = await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const rows = await hub.sql`
      select deletion_id, state from parts where deletion_id in ${hub.sql([older, newer])} order by seq`;
    expect(rows.map(({ state }) => state)).toEqual(["delete_failed", "deleted"]);
  });
});

describe("which reports move a part", () => {
  test("none before the hub began a call: it is recorded, and the call is made all the same", async () => {
    const uid = newUid();
    const id = await accept(uid, ["1"]);
    for (const more of [{}, { deletion_id: id }, { deletion_id: id, attempt: 5 }]) {
      await report(alpha, { yandex_uid: uid, category_id: "1", ...more });
      const failed = { state: "delete_failed", retriable: false };
      await report(alpha, { yandex_uid: uid, category_id: "1", ...more, ...failed });
    }
    expect(await partOf(uid)).toMatchObject({ state: "due", attempt: 0, failures: 0 });
    expect(await ownStateOf(uid, "1", "alpha")).toBeNull();
    await hub.drain();
    expect(alpha.deletes()).toHaveLength(1);
    expect((await partOf(uid)).state).toBe("accepted");
  });

  test("none of a service that still waits for another", async () => {
    const uid = newUid();
    await begin(uid, ["2"]);
    await report(beta, { yandex_uid: uid, category_id: "2" });
    expect((await partOf(uid, "2", "beta")).state).toBe("waiting");
  });

  test.each([
    ["200", 200],
    ["202", 202],
    ["a failure", 500],
    ["a refusal", 400],
  ])("deleted before the answer to the call, whatever that is: %s", async (_what, status) => {
    const uid = newUid();
    alpha.onDelete = async ({ body }) => {
      const { deletion_id, attempt } = body;
      await report(alpha, { yandex_uid: uid, category_id: "1", deletion_id, attempt });
      return { status };
    };
    await begin(uid, ["1"]);
    expect((await partOf(uid)).state).toBe("deleted");
    expect(alpha.deletes()).toHaveLength(1);
  });

  test("delete_failed before the answer to the call: the answer does not undo it", async () => {
    const uid = newUid();
    alpha.onDelete = async () => {
      const failed = { state: "delete_failed", retriable: false };
      await report(alpha, { yandex_uid: uid, category_id: "1", ...failed });
      return { status: 200 };
    };
    await begin(uid, ["1"]);
    expect((await partOf(uid)).state).toBe("delete_failed");
    expect(alpha.deletes()).toHaveLength(1);
  });

  test("deleted between two attempts, so that there is no second call", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed" });
    expect((await partOf(uid)).state).toBe("due");
    await report(alpha, { yandex_uid: uid, category_id: "1", attempt: 1 });
    expect((await partOf(uid)).state).toBe("deleted");
    await hub.drain();
    expect(alpha.deletes()).toHaveLength(1);
  });

  test("delete_failed between two attempts counts for nothing", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    const failed = { yandex_uid: uid, category_id: "1", state: "delete_failed", deletion_id: id };
    await report(alpha, { ...failed, attempt: 1 });
    for (const more of [{ attempt: 1 }, { attempt: 9 }, {}, { retriable: false }]) {
      await report(alpha, { ...failed, ...more });
    }
    expect(await partOf(uid)).toMatchObject({ state: "due", failures: 1 });
  });

  test("delete_failed of an older attempt counts for nothing, deleted of one counts", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    const about = { yandex_uid: uid, category_id: "1", deletion_id: id, attempt: 1 };
    await report(alpha, { ...about, state: "delete_failed" });
    await hub.drain();
    expect(await partOf(uid)).toMatchObject({ state: "accepted", attempt: 2 });
    await report(alpha, { ...about, state: "delete_failed", retriable: false });
    expect(await partOf(uid)).toMatchObject({ state: "accepted", failures: 1 });
    await report(alpha, about);
    expect((await partOf(uid)).state).toBe("deleted");
  });

  test("retriable: false ends the attempts at once", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    const failed = { state: "delete_failed", retriable: false, error: { code: "no_such_table" } };
    await report(alpha, { yandex_uid: uid, category_id: "1", ...failed });
    await hub.drain();
    expect(await partOf(uid)).toMatchObject({
      state: "delete_failed",
      error_code: "no_such_table",
    });
    expect(alpha.deletes()).toHaveLength(1);
  });

  test.each([
    ["absent", {}],
    ["true", { retriable: true }],
  ])("retriable %s: tried again until the attempts are used up", async (_what, more) => {
    const uid = newUid();
    await begin(uid, ["1"]);
    for (let n = 1; n <= 3; n++) {
      expect(await partOf(uid)).toMatchObject({ state: "accepted", attempt: n });
      await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed", ...more });
      await hub.drain();
    }
    expect(await partOf(uid)).toMatchObject({ state: "delete_failed", failures: 3 });
    expect(alpha.deletes()).toHaveLength(3);
  });

  test("deleted after the part failed: the deletion is done, and its snapshot gone", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    const about = { yandex_uid: uid, category_id: "1", deletion_id: id };
    await report(alpha, { ...about, state: "delete_failed", retriable: false });
    const sealed = async () =>
      (await hub.sql`select sealed is not null as is_kept from deletions where id = ${id}`)[0];
    expect(await sealed()).toEqual({ is_kept: true });
    await report(alpha, about);
    expect((await partOf(uid)).state).toBe("deleted");
    expect(await sealed()).toEqual({ is_kept: false });
  });

  test("delete_failed after deleted counts for nothing, plain or not", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const failed = { yandex_uid: uid, category_id: "1", state: "delete_failed", retriable: false };
    for (const more of [{}, { deletion_id: id }, { deletion_id: id, attempt: 9 }]) {
      await report(alpha, { ...failed, ...more });
    }
    expect(await partOf(uid)).toMatchObject({ state: "deleted", failures: 0, error_code: null });
  });

  test("the report that closes a predecessor's part wakes who waits for it", async () => {
    const uid = newUid();
    await begin(uid, ["2"]);
    expect(beta.deletes()).toHaveLength(0);
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await hub.drain();
    expect(beta.deletes()).toHaveLength(1);
  });
});

describe("a service's own state", () => {
  test("is what a deleted says where there was no deletion", async () => {
    const uid = newUid();
    const completedAt = Date.now() - 5 * minute;
    await report(alpha, { yandex_uid: uid, category_id: "1", completed_at: iso(completedAt) });
    expect(await ownStateOf(uid, "1", "alpha")).toBe(completedAt);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect(await ownStateOf(uid, "1", "alpha")).toBeGreaterThan(completedAt + minute);
  });

  test("never gets older", async () => {
    const uid = newUid();
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const newest = await ownStateOf(uid, "1", "alpha");
    const completed_at = iso(Date.now() - minute);
    await report(alpha, { yandex_uid: uid, category_id: "1", completed_at });
    expect(await ownStateOf(uid, "1", "alpha")).toBe(newest);
  });

  test("is what a plain deleted says after the part was closed", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect(await ownStateOf(uid, "1", "alpha")).toBeNull();
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect(await ownStateOf(uid, "1", "alpha")).not.toBeNull();
  });

  test("is none while the category is open, even where the service's own part is closed", async () => {
    const uid = newUid();
    await begin(uid, ["2"]);
    for (let n = 0; n < 2; n++) await report(alpha, { yandex_uid: uid, category_id: "2" });
    expect((await partOf(uid, "2")).state).toBe("deleted");
    expect(await ownStateOf(uid, "2", "alpha")).toBeNull();
  });

  test("is none after a failure", async () => {
    const uid = newUid();
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed" });
    expect(await ownStateOf(uid, "1", "alpha")).toBeNull();
  });

  test("is none of a category that the service is not configured for, though it is recorded", async () => {
    const uid = newUid();
    await report(gamma, { yandex_uid: uid, category_id: "1" });
    expect(await ownStateOf(uid, "1", "gamma")).toBeNull();
    const rows = await hub.sql`
      select service, effect from reports where subject = ${hub.flows.subjects.of(uid)}`;
    expect(rows).toMatchObject([{ service: "gamma", effect: "recorded" }]);
  });

  test("a category that was taken from the service moves nothing, and its part is kept", async () => {
    const uid = newUid();
    const id = await begin(uid, ["1"]);
    await hub.sql`insert into parts (deletion_id, category_id, service, subject, seq, state, attempt, due_at)
      select deletion_id, category_id, 'gamma', subject, seq, 'accepted', 1, due_at from parts
       where deletion_id = ${id}`;
    for (const more of [{}, { deletion_id: id }]) {
      await report(gamma, { yandex_uid: uid, category_id: "1", ...more });
    }
    expect((await partOf(uid, "1", "gamma")).state).toBe("accepted");
    expect(await ownStateOf(uid, "1", "gamma")).toBeNull();
  });
});

describe("repeats change nothing", () => {
  /** Without what is kept of reports that moved no part: evidence, by which nothing is decided. */
  const dumpLedger = async () => ({ ...(await dumpTables(hub)), "public.reports": [] });

  const fenced: [what: string, body: Body][] = [
    ["deleted", { state: "deleted" }],
    ["delete_failed", { state: "delete_failed", attempt: 1 }],
    ["delete_failed for good", { state: "delete_failed", attempt: 1, retriable: false }],
    ["retained", { state: "deleted", outcome: "retained", reason: "tax_law" }],
  ];
  test.each(fenced)("%s", async (_what, more) => {
    const uid = newUid();
    const deletion_id = await begin(uid, ["1"]);
    const body = { yandex_uid: uid, category_id: "1", deletion_id, ...more };
    await report(alpha, body);
    const before = await dumpLedger();
    for (let n = 0; n < 3; n++) await report(alpha, body);
    expect(await dumpLedger()).toEqual(before);
    const kept = await hub.sql`
      select times from reports where subject = ${hub.flows.subjects.of(uid)}`;
    expect(kept).toEqual([{ times: 3 }]);
  });

  test("delete_failed of an attempt, repeated after the next call", async () => {
    const uid = newUid();
    const deletion_id = await begin(uid, ["1"]);
    const body = { yandex_uid: uid, category_id: "1", deletion_id, attempt: 1 };
    await report(alpha, { ...body, state: "delete_failed" });
    await hub.drain();
    const before = await dumpLedger();
    await report(alpha, { ...body, state: "delete_failed" });
    expect(await dumpLedger()).toEqual(before);
  });

  test("an own state with its moment", async () => {
    const body = { yandex_uid: newUid(), category_id: "1", completed_at: iso(Date.now() - minute) };
    await report(alpha, body);
    const before = await dumpTables(hub);
    await report(alpha, body);
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("a plain deleted moves no deletion and writes no event", async () => {
    const uid = newUid();
    await begin(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const ledger = async () => ({ ...(await dumpLedger()), "public.own_states": [] });
    const before = await ledger();
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect(await ledger()).toEqual(before);
  });

  test("50 at once are one", async () => {
    const uid = newUid();
    const deletion_id = await begin(uid, ["1"]);
    const body = { yandex_uid: uid, category_id: "1", deletion_id };
    await Promise.all(Array.from({ length: 50 }, () => report(alpha, body)));
    const events = await hub.sql`
      select event from events where deletion_id = ${deletion_id} order by seq`;
    expect(events.map(({ event }) => event)).toEqual([
      "accepted",
      "claimed",
      "answered_accepted",
      "reported_deleted",
    ]);
    const kept = await hub.sql`
      select effect, kid, times from ${keptReports(hub.sql)}
       where subject = ${hub.flows.subjects.of(uid)} order by 1`;
    expect(kept).toEqual([
      { effect: "moves", kid: "alpha-1", times: 1 },
      { effect: "recorded", kid: "alpha-1", times: 49 },
    ]);
  });
});

describe("the answer does not tell whether a user exists", () => {
  const raw = async (body: Body) => {
    const response = await hub.report(alpha, body);
    const headers = Object.fromEntries(response.headers);
    const text = await response.text();
    const id = headers["x-request-id"] ?? "";
    return {
      status: response.status,
      headers: { ...headers, "x-request-id": "" },
      text: text.replaceAll(id, ""),
    };
  };

  test.each<[string, Body]>([
    ["a plain deleted", { state: "deleted" }],
    ["a plain delete_failed", { state: "delete_failed" }],
    ["a forged deletion_id", { state: "deleted", deletion_id: randomUUID() }],
    ["an unknown field", { state: "deleted", colour: "blue" }],
  ])("%s", async (_what, more) => {
    const known = newUid();
    await begin(known, ["1"]);
    const answers = [];
    for (const yandex_uid of [known, newUid()]) {
      answers.push(await raw({ yandex_uid, category_id: "1", ...more }));
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe("another uid of the same person", () => {
  let identity: FakeService;
  let known: TestHub;
  beforeAll(async () => {
    identity = await startFakeService("identity");
    known = await createTestHub({
      categories: ["1"],
      services: [[gamma]],
      config: { identity: { url: identity.url, client: "identity", timeoutMs: 10_000 } },
    });
  });
  afterAll(async () => {
    await known[Symbol.asyncDispose]();
    await identity[Symbol.asyncDispose]();
  });

  /** Begins a deletion of one who is known by these uids, the portal's first. */
  async function beginFor(uids: readonly string[]): Promise<string> {
    identity.onDelete = () => ({
      status: 200,
      body: { yandex_uids: uids.map((uid, at) => ({ uid, is_portal: at === 0 })), complete: true },
    });
    expect((await known.remove(uids[0] ?? "", randomUUID(), ["1"])).status).toBe(200);
    await known.drain();
    const [row] = await known.sql<{ id: string }[]>`
      select id from deletions order by seq desc limit 1`;
    return row?.id ?? "";
  }

  async function tell(uid: string, more: Body = {}): Promise<number> {
    const body = { yandex_uid: uid, category_id: "1", state: "deleted", ...more };
    return (await readAnswer("setDataStatus", await known.report(gamma, body))).status;
  }

  async function stateOf(deletionId: string): Promise<string> {
    const [row] = await known.sql<{ state: string }[]>`
      select state from parts where deletion_id = ${deletionId}`;
    return row?.state ?? "";
  }

  test("counts, with the deletion_id or without", async () => {
    for (const isNamed of [true, false]) {
      const [primary, other] = [newUid(), newUid()];
      const id = await beginFor([primary, other]);
      expect(await tell(other, isNamed ? { deletion_id: id } : {})).toBe(200);
      expect(await stateOf(id)).toBe("deleted");
    }
  });

  test("is stored as a hash only", async () => {
    const [primary, other] = [newUid(), newUid()];
    await beginFor([primary, other]);
    expect(JSON.stringify(await dumpTables(known))).not.toMatch(`${primary}|${other}`);
  });

  test("does not make an older deletion count", async () => {
    const uids = [newUid(), newUid()] as const;
    const older = await beginFor(uids);
    await tell(uids[0]);
    const newer = await beginFor(uids);
    expect(await tell(uids[1], { deletion_id: older })).toBe(409);
    expect(await stateOf(newer)).toBe("accepted");
    expect(await tell(uids[1], { deletion_id: newer })).toBe(200);
    expect(await stateOf(newer)).toBe("deleted");
  });

  test("counts without a deletion_id only where exactly one deletion bears it", async () => {
    const shared = newUid();
    const first = await beginFor([newUid(), shared]);
    const second = await beginFor([newUid(), shared]);
    expect(await tell(shared)).toBe(200);
    expect([await stateOf(first), await stateOf(second)]).toEqual(["accepted", "accepted"]);
    expect(await tell(shared, { deletion_id: first })).toBe(200);
    expect([await stateOf(first), await stateOf(second)]).toEqual(["deleted", "accepted"]);
  });

  test("comes after the user's own deletion", async () => {
    const [primary, other] = [newUid(), newUid()];
    const others = await beginFor([primary, other]);
    const own = await beginFor([other]);
    expect(await tell(other)).toBe(200);
    expect([await stateOf(others), await stateOf(own)]).toEqual(["accepted", "deleted"]);
    expect(await tell(other, { deletion_id: others })).toBe(200);
    expect(await stateOf(others)).toBe("deleted");
  });

  test("speaks for the ledger's user after the part was closed", async () => {
    const [primary, other] = [newUid(), newUid()];
    await beginFor([primary, other]);
    for (let n = 0; n < 2; n++) await tell(other);
    const rows = await known.sql`
      select 1 from own_states where subject = ${known.flows.subjects.of(primary)}`;
    expect(rows).toHaveLength(1);
  });
});
