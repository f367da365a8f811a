import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { listDeletions } from "../../src/flows/admin/list-deletions.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { readAnswer } from "./support/answers.ts";
import { createDesk, type Desk } from "./support/desk.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
let beta: FakeService;
let desk: Desk;
let hub: TestHub;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  desk = await createDesk();
  hub = await createTestHub({
    services: [[alpha], [beta, { categories: ["2"], after: ["alpha"], completion: "answer" }]],
    config: { operators: desk.operators },
    overrides: { random: () => 0.999 },
  });
});
beforeEach(async () => {
  for (const service of [alpha, beta]) {
    service.calls.length = 0;
    service.onDelete = () => ({ status: 200 });
  }
  for (const table of [
    "deletions",
    "deletion_categories",
    "parts",
    "service_states",
    "request_deletions",
  ]) {
    await hub.sql`delete from ${hub.sql(table)}`;
  }
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await alpha[Symbol.asyncDispose]();
  await beta[Symbol.asyncDispose]();
});

async function get(operation: OperationId, path: string, login?: string) {
  return await readAnswer(operation, await desk.get(hub, `/admin/v1/${path}`, login));
}

async function ids(query = ""): Promise<string[]> {
  const { body } = await get("listDeletions", `deletions${query}`);
  return body.items.map(({ deletion_id }: { deletion_id: string }) => deletion_id);
}

/** Accepts a deletion, and carries out what can be. */
async function start(uid: string, categories: readonly string[] = ["1"], requestId = "r") {
  expect((await hub.remove(uid, requestId, categories)).status).toBe(200);
  await hub.drain();
  const [row] = await hub.sql<{ id: string }[]>`
    select id from deletions where subject = ${hub.flows.subjects.of(uid)} order by seq desc limit 1`;
  return row?.id ?? "";
}

/** All pages of a list, one after another. */
async function pages(operation: OperationId, path: string): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (let cursor = ""; ; ) {
    const { body } = await get(operation, `${path}${cursor}`);
    all.push(body.items);
    if (body.next_cursor === undefined) return all;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

test("a deletion and its parts are shown as they were at one moment", async () => {
  const id = await start(newUid());
  const reading = await hub.sql.begin(async (sql) => {
    await sql`lock table parts in access exclusive mode`;
    const shown = get("getDeletion", `deletions/${id}`);
    await until("one who waits for the parts", async () => {
      const waiting = await hub.sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      return waiting.length > 0;
    });
    await sql`update parts set state = 'deleted', closed_at = now() where deletion_id = ${id}`;
    await sql`update deletions set closed_at = now(), closed_as = 'done' where id = ${id}`;
    return { shown };
  });
  const { body } = await reading.shown;
  expect([body.state, body.parts[0].state]).toEqual(["done", "deleted"]);
});

describe("deletions", () => {
  test("the newest first, in pages that miss none and repeat none", async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push(await start(newUid()));
    const all = await pages("listDeletions", "deletions?limit=2");
    expect(all.map((page) => page.length)).toEqual([2, 2, 1]);
    const listed = all.flat().map((item) => (item as { deletion_id: string }).deletion_id);
    expect(listed).toEqual(made.toReversed());
    expect((await pages("listDeletions", "deletions?limit=5")).length).toBe(1);
  });

  test("a deletion is shown with its parts: states, attempts, errors, and what comes next", async () => {
    alpha.onDelete = () => ({ status: 500 });
    const id = await start(newUid(), ["2"]);
    const { body } = await get("listDeletions", "deletions");
    expect(body.items).toEqual([
      {
        deletion_id: id,
        state: "open",
        origin: "portal",
        accepted_at: expect.stringMatching(/Z$/),
        parts: [
          {
            category_id: "2",
            service: "alpha",
            state: "due",
            attempt: 1,
            error: { code: "http_500" },
            next_at: expect.stringMatching(/Z$/),
          },
          { category_id: "2", service: "beta", state: "waiting", attempt: 0, waits_for: ["alpha"] },
        ],
      },
    ]);
  });

  test("a part waits for a service that is busy in an earlier deletion of the same user", async () => {
    const uid = newUid();
    await start(uid, ["1"]);
    const id = await start(uid, ["2"], "second");
    await hub.sql`update parts set state = 'deleted' where deletion_id = ${id} and service = 'alpha'`;
    const { body } = await get("getDeletion", `deletions/${id}`);
    expect(body.parts[1]).toMatchObject({ service: "beta", waits_for: ["alpha"] });
  });

  test("by state: open, done and failed", async () => {
    const open = await start(newUid());
    alpha.onDelete = () => ({ status: 400 });
    const failed = await start(newUid());
    const doneUser = newUid();
    alpha.onDelete = () => ({ status: 200 });
    const done = await start(doneUser);
    await hub.report(alpha, { yandex_uid: doneUser, category_id: "1", state: "deleted" });
    expect(await ids("?state=open")).toEqual([open]);
    expect(await ids("?state=failed")).toEqual([failed]);
    expect(await ids("?state=done")).toEqual([done]);
    expect(await ids("?state=cancelled")).toEqual([]);
    const { body } = await get("getDeletion", `deletions/${failed}`);
    expect(body).toMatchObject({ state: "failed", closed_at: expect.stringMatching(/Z$/) });
  });

  test("a late `deleted` makes a failed deletion a done one", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    const id = await start(uid);
    await hub.report(alpha, { yandex_uid: uid, category_id: "1", state: "deleted" });
    expect(await ids("?state=failed")).toEqual([]);
    expect(await ids("?state=done")).toEqual([id]);
  });

  test("by service, category, and both at once", async () => {
    const one = await start(newUid(), ["1"]);
    const two = await start(newUid(), ["2"]);
    expect(await ids("?service=beta")).toEqual([two]);
    expect(await ids("?service=alpha")).toEqual([two, one]);
    expect(await ids("?category=1")).toEqual([one]);
    expect(await ids("?service=beta&category=1")).toEqual([]);
    expect(await ids("?service=nobody")).toEqual([]);
  });

  test("by age", async () => {
    const old = await start(newUid());
    await hub.passTime(2 * 3_600_000);
    // Ids bear the time too, and are what a list goes by.
    const [shifted] = await hub.sql<{ id: string }[]>`
      update deletions set id = '01900000-0000-7000-8000-000000000000' where id = ${old} returning id`;
    await start(newUid());
    expect(await ids("?older_than=1h")).toEqual([shifted?.id]);
    expect(await ids("?older_than=3h")).toEqual([]);
    expect((await ids("?older_than=0s")).length).toBe(2);
  });

  test("by age as the database tells it, whatever the clock of a process says", async () => {
    const aheadMs = 3_600_000;
    const clock = { ...hub.flows.clock, now: () => hub.flows.clock.now() + aheadMs };
    await using other = await createTestHub({ services: [[alpha]], overrides: { clock } });
    await other.remove(newUid(), "r", ["1"]);
    const [row] = await other.sql<{ id: string }[]>`select id from deletions`;
    const made = Number.parseInt((row?.id ?? "").replace("-", "").slice(0, 12), 16);
    expect(Math.abs(made - clock.now())).toBeLessThan(60_000);

    const id = await start(newUid());
    const any = { state: null, service: null, categoryId: null, uid: null, takeoutRequestId: null };
    const behind = Date.now() - aheadMs;
    const own = vi.spyOn(Date, "now").mockImplementation(() => behind);
    const found = await listDeletions(hub.flows, {
      ...any,
      ...{ olderThanMs: 0, before: null, limit: 10 },
    }).finally(() => own.mockRestore());
    expect(found.items).toMatchObject([{ id }]);
  });

  test("by user, by whichever uid, and by request_id", async () => {
    const [uid, other] = [newUid(), newUid()];
    const first = await start(uid, ["1"], "the-request");
    const second = await start(uid, ["2"], "another");
    const stranger = await start(other, ["1"], "the-request");
    const alias = newUid();
    await hub.sql`insert into deletion_aliases values (${hub.flows.subjects.of(alias)}, ${second})`;
    expect(await ids(`?uid=${uid}`)).toEqual([second, first]);
    expect(await ids(`?uid=${alias}`)).toEqual([second]);
    expect(await ids(`?uid=${newUid()}`)).toEqual([]);
    expect(await ids("?request_id=the-request")).toEqual([stranger, first]);
    expect(await ids(`?request_id=the-request&uid=${uid}`)).toEqual([first]);
    expect(await ids("?request_id=nobodys")).toEqual([]);
  });

  test("a request that joined a running deletion leads to it", async () => {
    const uid = newUid();
    const first = await start(uid, ["1"], "starts");
    const second = await start(uid, ["1", "2"], "joins");
    expect(await ids("?request_id=joins")).toEqual([second, first]);
  });

  test.each([
    ["limit=0"],
    ["limit=201"],
    ["limit=ten"],
    ["limit=1.5"],
    ["state=closed"],
    ["older_than=soon"],
    ["uid=alice"],
    ["service=%00"],
    ["cursor=!"],
    [`cursor=${Buffer.from('["x"]').toString("base64url")}`],
    [`cursor=${Buffer.from("{}").toString("base64url")}`],
    [`cursor=${Buffer.from("null").toString("base64url")}`],
  ])("a bad condition is refused: %s", async (query) => {
    const { status, code } = await get("listDeletions", `deletions?${query}`);
    expect([status, code]).toEqual([400, "bad_request"]);
  });
});

test("who asks for a state that does not exist is told which there are", async () => {
  const { body } = await get("listDeletions", "deletions?state=closed");
  expect(body.detail).toBe("state must be one of open, done, failed, cancelled");
});

describe("one deletion", () => {
  test("with all that happened to it, in order", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 500 });
    const id = await start(uid);
    const { body } = await get("getDeletion", `deletions/${id}`);
    const events = body.timeline.map((event: Record<string, unknown>) => [
      event.event,
      event.state,
      event.attempt,
      event.source,
    ]);
    expect(events).toEqual([
      ["accepted", "due", 0, "portal"],
      ["claimed", "calling", 1, "drive"],
      ["attempt_failed", "due", 1, "drive"],
    ]);
    expect(body.timeline[2].error).toEqual({ code: "http_500" });
    expect(body.is_timeline_cut).toBe(false);
  });

  test("of very many events the newest are shown", async () => {
    const id = await start(newUid());
    await hub.sql`insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
      select ${id}, '1', 'alpha', n, 'claimed', 'calling', 'drive' from generate_series(1, 1200) as n`;
    const { body } = await get("getDeletion", `deletions/${id}`);
    expect([body.timeline.length, body.timeline.at(-1).attempt]).toEqual([1_000, 1_200]);
    expect(body.is_timeline_cut).toBe(true);
  });

  test("one that is not there, and what is no id", async () => {
    for (const id of ["0197d3a2-7c1e-7aaa-8bbb-000000000001", "x", "4001", "%00"]) {
      const { status, code } = await get("getDeletion", `deletions/${id}`);
      expect([id, status, code]).toEqual([id, 404, "not_found"]);
    }
  });
});

describe("what is stuck", () => {
  async function stuck(query = "") {
    const { body } = await get("listStuck", `stuck${query}`);
    return body.items.map((item: Record<string, unknown>) => [
      item.service,
      item.category_id,
      item.state,
      item.reason,
    ]);
  }

  test("nothing that is younger than warn_after, and everything that is older", async () => {
    await start(newUid(), ["1"]);
    expect(await stuck()).toEqual([]);
    await hub.passTime(25 * 3_600_000);
    expect(await stuck()).toEqual([["alpha", "1", "accepted", "waits_report"]]);
    const { body } = await get("listStuck", "stuck");
    expect(body.items[0].age_seconds).toBeGreaterThanOrEqual(25 * 3_600);
    expect(await stuck("?older_than=30h")).toEqual([]);
  });

  test("each with the reason that it waits for", async () => {
    alpha.onDelete = () => ({ status: 500 });
    await start(newUid(), ["2"]);
    expect(await stuck("?older_than=0s")).toEqual([
      ["alpha", "2", "due", "failing"],
      ["beta", "2", "waiting", "waits_predecessor"],
    ]);
    const park = async () => {
      await hub.sql`update parts set parked_at = now() where service = 'alpha'`;
      return (await stuck("?older_than=0s"))[0];
    };
    expect(await park()).toEqual(["alpha", "2", "due", "waits_service"]);
    await hub.sql`insert into service_states (service, breaker) values ('alpha', 'open')`;
    expect(await park()).toEqual(["alpha", "2", "due", "breaker_open"]);
    await hub.sql`update service_states set paused_at = now()`;
    expect(await park()).toEqual(["alpha", "2", "due", "paused"]);
  });

  test("a part of a service or a category that is not configured, however young", async () => {
    const first = await start(newUid(), ["2"]);
    await hub.sql`update parts set service = 'bygone' where deletion_id = ${first} and service = 'beta'`;
    const second = await start(newUid(), ["1"]);
    await hub.sql`update parts set category_id = '99' where deletion_id = ${second}`;
    expect(await stuck()).toEqual([
      ["bygone", "2", "waiting", "unconfigured"],
      ["alpha", "99", "accepted", "unconfigured"],
    ]);
  });

  test("the oldest first, in pages that may end in the middle of a deletion", async () => {
    for (let n = 0; n < 3; n += 1) await start(newUid(), ["1", "2"]);
    const all = await pages("listStuck", "stuck?older_than=0s&limit=2");
    expect(all.map((page) => page.length)).toEqual([2, 2, 2, 2, 1]);
    const whole = (await get("listStuck", "stuck?older_than=0s")).body.items;
    expect(all.flat()).toEqual(whole);
    const order = whole.map(({ deletion_id }: { deletion_id: string }) => deletion_id);
    expect(order).toEqual(order.toSorted());
  });
});

describe("services", () => {
  test("by name, with breaker, pause and backlog, and those that are not configured any more", async () => {
    alpha.onDelete = () => ({ status: 500 });
    const id = await start(newUid(), ["2"]);
    await hub.sql`update parts set service = 'bygone' where deletion_id = ${id} and service = 'beta'`;
    await hub.sql`insert into service_states (service, breaker, since) values ('beta', 'open', now())`;
    const { body } = await get("listServices", "services");
    expect(body.items).toEqual([
      {
        service: "alpha",
        health: "failing",
        is_configured: true,
        breaker: { state: "closed" },
        backlog: { open: 1, parked: 0, failing: 1 },
      },
      {
        service: "beta",
        health: "breaker_open",
        is_configured: true,
        breaker: { state: "open", since: expect.stringMatching(/Z$/) },
        backlog: { open: 0, parked: 0, failing: 0 },
      },
      expect.objectContaining({ service: "bygone", is_configured: false, health: "ok" }),
    ]);
    const all = await pages("listServices", "services?limit=2");
    expect(all.map((page) => page.length)).toEqual([2, 1]);
  });
});

describe("who may look", () => {
  const looks: readonly (readonly [OperationId, string])[] = [
    ["listDeletions", "deletions"],
    ["getDeletion", "deletions/0197d3a2-7c1e-7aaa-8bbb-000000000001"],
    ["listStuck", "stuck"],
    ["listServices", "services"],
  ];

  test.each(looks)("%s: viewers and operators, and nobody else", async (operation, path) => {
    for (const login of ["vera", "alice"]) {
      expect((await get(operation, path, login)).code).not.toBe("role_required");
    }
    for (const login of ["mallory", "Alice", "alice2"]) {
      const { status, code } = await get(operation, path, login);
      expect([login, status, code]).toEqual([login, 403, "role_required"]);
    }
  });
});
