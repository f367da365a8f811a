import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Behaviour, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { namesIn } from "../support/naming.ts";
import { readAnswer } from "./support/answers.ts";
import { dumpTables } from "./support/tables.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
let beta: FakeService;
let hub: TestHub;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  hub = await createTestHub({
    categories: ["1", "2", "3"],
    services: [
      [alpha, { categories: ["1", "2"] }],
      [beta, { categories: ["2", "3"], after: ["alpha"] }],
    ],
  });
});
beforeEach(() => {
  for (const service of [alpha, beta]) service.calls.length = 0;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await alpha[Symbol.asyncDispose]();
  await beta[Symbol.asyncDispose]();
});

async function remove(uid: string, requestId: string, ids: readonly string[], of: TestHub = hub) {
  const { status, code, body } = await readAnswer(
    "deleteData",
    await of.remove(uid, requestId, ids),
  );
  return { status, code, body };
}

const ok = { status: 200, code: null, body: { status: "ok" } };

interface Part {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly state: string;
}

/** The user's deletions in order of acceptance, each with its parts. */
async function deletionsOf(uid: string, of: TestHub = hub) {
  const subject = of.flows.subjects.of(uid);
  const deletions = await of.sql<{ id: string; accepted_at: Date }[]>`
    select id, accepted_at from deletions where subject = ${subject} order by seq`;
  const parts = await of.sql<Part[]>`
    select deletion_id, category_id, service, state from parts where subject = ${subject}
     order by category_id, service`;
  return deletions.map(({ id, accepted_at }) => ({
    id,
    acceptedAt: new Date(accepted_at).getTime(),
    parts: parts
      .filter(({ deletion_id }) => deletion_id === id)
      .map(({ category_id, service }) => `${category_id} ${service}`),
  }));
}

async function countJobs(deletionIds: readonly string[]): Promise<number> {
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from graphile_worker._private_jobs
     where payload->>'deletion_id' = any(${deletionIds as string[]}::text[])`;
  return row?.count ?? 0;
}

async function countRequests(uid: string): Promise<number> {
  const [row] = await hub.sql<{ count: number }[]>`
    select count(*)::int as count from requests where subject = ${hub.flows.subjects.of(uid)}`;
  return row?.count ?? 0;
}

/** Carries out all open deletions of a user. */
async function finish(uid: string, of: TestHub = hub): Promise<void> {
  for (const service of [alpha, beta]) {
    await of.drain();
    const own = service.deletes().filter(({ body }) => body.report_uid === uid);
    for (const { body } of own.slice(-1)) {
      for (const category_id of body.categories) {
        await of.report(service, { yandex_uid: uid, category_id, state: "deleted" });
      }
    }
  }
}

describe("what starts", () => {
  test("one part for each configured service of each category, and the queue's job", async () => {
    const uid = newUid();
    expect(await remove(uid, "r", ["3", "1", "2"])).toEqual(ok);
    const deletions = await deletionsOf(uid);
    expect(deletions.map(({ parts }) => parts)).toEqual([
      ["1 alpha", "2 alpha", "2 beta", "3 beta"],
    ]);
    expect(await countJobs(deletions.map(({ id }) => id))).toBe(1);
    const states = await hub.sql`
      select service, state from parts where deletion_id = ${deletions[0]?.id ?? ""}
       group by 1, 2 order by 1`;
    expect(states.map(({ service, state }) => [service, state])).toEqual([
      ["alpha", "due"],
      ["beta", "waiting"],
    ]);
  });

  test("ok is told by the database's time: the fence is the moment of acceptance", async () => {
    const uid = newUid();
    const now = async () => {
      const [row] = await hub.sql<{ at: number }[]>`
        select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as at`;
      return row?.at ?? 0;
    };
    const before = await now();
    await remove(uid, "r", ["1"]);
    const after = await now();
    const [deletion] = await deletionsOf(uid);
    expect(deletion?.acceptedAt).toBeGreaterThanOrEqual(before);
    expect(deletion?.acceptedAt).toBeLessThanOrEqual(after);
  });

  test("with and without the trailing slash, whatever else stands in the query", async () => {
    const uid = newUid();
    for (const path of ["/1/takeout/delete", "/1/takeout/delete/"]) {
      const response = await hub.portalRequest(uid, `${path}?uid=1&request_id=r&colour=blue`, {
        method: "POST",
        body: JSON.stringify({ id: ["1"] }),
      });
      expect((await readAnswer("deleteData", response)).status).toBe(200);
    }
    expect(await deletionsOf(uid)).toHaveLength(1);
  });

  test("the table bears neither the uid nor the request_id", async () => {
    const uid = newUid();
    await remove(uid, "a-telling-request-id", ["1"]);
    const stored = JSON.stringify(await dumpTables(hub));
    expect(namesIn(stored, uid, "a-telling-request-id")).toEqual([]);
  });
});

describe("repeats", () => {
  test.each([
    ["the same", ["1", "2"]],
    ["in another order", ["2", "1"]],
    ["with duplicates", ["2", "1", "2", "1"]],
  ])("of the same request_id and set start nothing: %s", async (_how, ids) => {
    const uid = newUid();
    await remove(uid, "r", ["1", "2"]);
    const before = await dumpTables(hub);
    expect(await remove(uid, "r", ids)).toEqual(ok);
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("start nothing after completion either", async () => {
    const uid = newUid();
    await remove(uid, "r", ["1", "2"]);
    await finish(uid);
    const before = await dumpTables(hub);
    expect(await remove(uid, "r", ["1", "2"])).toEqual(ok);
    expect(await dumpTables(hub)).toEqual(before);
    await hub.drain();
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("of a request whose category was deleted and is full again start nothing", async () => {
    const uid = newUid();
    await remove(uid, "r", ["1"]);
    await finish(uid);
    await remove(uid, "r2", ["1"]);
    await finish(uid);
    expect(await remove(uid, "r", ["1"])).toEqual(ok);
    expect(await deletionsOf(uid)).toHaveLength(2);
  });

  test.each([
    ["more", ["1", "2", "3"]],
    ["fewer", ["1"]],
    ["others", ["1", "3"]],
  ])("with %s categories are a conflict and start nothing", async (_how, ids) => {
    const uid = newUid();
    await remove(uid, "r", ["1", "2"]);
    const before = await dumpTables(hub);
    expect(await remove(uid, "r", ids)).toMatchObject({
      status: 409,
      code: "request_id_conflict",
    });
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("are a conflict after completion too", async () => {
    const uid = newUid();
    await remove(uid, "r", ["1"]);
    await finish(uid);
    expect((await remove(uid, "r", ["1", "2"])).code).toBe("request_id_conflict");
    expect(await deletionsOf(uid)).toHaveLength(1);
  });

  test("are known before the configuration is asked", async () => {
    const uid = newUid();
    await remove(uid, "r", ["1"]);
    await hub.sql`update requests set category_ids = '{1,gone}'
                   where subject = ${hub.flows.subjects.of(uid)}`;
    expect(await remove(uid, "r", ["gone", "1"])).toEqual(ok);
    expect((await remove(uid, "r", ["1"])).code).toBe("request_id_conflict");
  });

  test("another user's request_id is another request", async () => {
    const [one, other] = [newUid(), newUid()];
    await remove(one, "shared", ["1"]);
    expect(await remove(other, "shared", ["2"])).toEqual(ok);
    expect((await deletionsOf(one)).map(({ parts }) => parts)).toEqual([["1 alpha"]]);
    expect((await deletionsOf(other)).map(({ parts }) => parts)).toEqual([["2 alpha", "2 beta"]]);
  });
});

describe("categories that are open", () => {
  test("are joined, and the others of the request start", async () => {
    const uid = newUid();
    await remove(uid, "r1", ["1"]);
    expect(await remove(uid, "r2", ["1", "3"])).toEqual(ok);
    expect((await deletionsOf(uid)).map(({ parts }) => parts)).toEqual([["1 alpha"], ["3 beta"]]);
  });

  test("all joined: nothing starts, and the request is recorded like any other", async () => {
    const uid = newUid();
    await remove(uid, "r1", ["1", "2"]);
    const [running] = await deletionsOf(uid);
    expect(await remove(uid, "r2", ["2"])).toEqual(ok);
    expect(await deletionsOf(uid)).toEqual([running]);
    expect((await remove(uid, "r2", ["1"])).code).toBe("request_id_conflict");
    await finish(uid);
    expect(await remove(uid, "r2", ["2"])).toEqual(ok);
    expect(await deletionsOf(uid)).toHaveLength(1);
  });

  test("stay open for others: a category is open while any of its parts is", async () => {
    const uid = newUid();
    await remove(uid, "r1", ["2"]);
    await hub.drain();
    await hub.report(alpha, { yandex_uid: uid, category_id: "2", state: "deleted" });
    await remove(uid, "r2", ["2"]);
    expect(await deletionsOf(uid)).toHaveLength(1);
    await finish(uid);
    await remove(uid, "r3", ["2"]);
    expect(await deletionsOf(uid)).toHaveLength(2);
  });

  test("do not keep finished categories of the same deletion from a new one", async () => {
    const uid = newUid();
    await remove(uid, "r1", ["1", "2"]);
    await hub.drain();
    await hub.report(alpha, { yandex_uid: uid, category_id: "1", state: "deleted" });
    await remove(uid, "r2", ["1", "2"]);
    expect((await deletionsOf(uid)).map(({ parts }) => parts)).toEqual([
      ["1 alpha", "2 alpha", "2 beta"],
      ["1 alpha"],
    ]);
  });
});

describe("categories that are closed", () => {
  const callsFor = (uid: string) =>
    alpha.deletes().flatMap(({ body }) => (body.report_uid === uid ? [body] : []));

  test("finished before: a new deletion with a later fence", async () => {
    const uid = newUid();
    await remove(uid, "r1", ["1"]);
    await finish(uid);
    await remove(uid, "r2", ["1"]);
    await finish(uid);
    const [first, second] = await deletionsOf(uid);
    expect(second?.acceptedAt).toBeGreaterThan(first?.acceptedAt ?? 0);
    expect(callsFor(uid).map(({ deletion_id, to }) => [deletion_id, to])).toEqual(
      [first, second].map((deletion) => [
        deletion?.id,
        new Date(deletion?.acceptedAt ?? 0).toISOString(),
      ]),
    );
  });

  test("failed before: a new deletion, whose calls are its own", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await remove(uid, "r1", ["1"]);
    await hub.drain();
    alpha.onDelete = () => ({ status: 200 });
    await remove(uid, "r2", ["1"]);
    await hub.drain();
    const deletions = await deletionsOf(uid);
    expect(callsFor(uid).map(({ deletion_id, attempt }) => [deletion_id, attempt])).toEqual(
      deletions.map(({ id }) => [id, 1]),
    );
  });
});

describe("refusals start nothing", () => {
  const path = "/1/takeout/delete/?request_id=r";
  const refusals: [what: string, path: string, body: unknown, code: string][] = [
    ["no request_id", "/1/takeout/delete/", { id: ["1"] }, "request_id_missing"],
    ["a request_id of spaces", `${path}%20`, { id: ["1"] }, "bad_request"],
    ["a request_id beyond ASCII", `${path}%C3%A9`, { id: ["1"] }, "bad_request"],
    ["a request_id with U+0000", `${path}%00`, { id: ["1"] }, "bad_request"],
    ["a request_id of 129", `${path}${"r".repeat(128)}`, { id: ["1"] }, "bad_request"],
    ["no categories", path, {}, "category_missing"],
    ["an empty list", path, { id: [] }, "category_missing"],
    ["a list of nothing", path, { id: null }, "bad_request"],
    ["one category without a list", path, { id: "1" }, "bad_request"],
    ["categories that are numbers", path, { id: [1] }, "bad_request"],
    ["an empty category", path, { id: [""] }, "bad_request"],
    ["101 categories", path, { id: Array(101).fill("1") }, "bad_request"],
    ["an unknown field", path, { id: ["1"], uid: "1" }, "bad_request"],
    ["an unknown category", path, { id: ["1", "9"] }, "category_unknown"],
    ["a category that every object has", path, { id: ["constructor"] }, "category_unknown"],
  ];
  test.each(refusals)("%s", async (_what, to, body, code) => {
    const before = await dumpTables(hub);
    const response = await hub.portalRequest(newUid(), to, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const answer = await readAnswer("deleteData", response);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(await dumpTables(hub)).toEqual(before);
  });

  test("an unknown category is named", async () => {
    const { body } = await remove(newUid(), "r", ["1", "9", "2"]);
    expect(body.errors).toEqual([
      { code: "category_unknown", message: expect.any(String), category_id: "9" },
    ]);
  });

  test("what is refused is not recorded: the same request_id works once it is right", async () => {
    const uid = newUid();
    await remove(uid, "r", ["1", "9"]);
    expect(await countRequests(uid)).toBe(0);
    expect(await remove(uid, "r", ["1"])).toEqual(ok);
  });

  test("the longest request_id and a hundred categories are no refusal", async () => {
    const ids = Array.from({ length: 100 }, (_, at) => String((at % 3) + 1));
    expect(await remove(newUid(), "!".repeat(64) + "~".repeat(64), ids)).toEqual(ok);
  });
});

describe("races", () => {
  const parallel = 50;
  // A portal comes again when it is told to: a busy machine may not do 50 in the time that one is given.
  const insist = async <T extends { status: number }>(make: () => Promise<T>): Promise<T> => {
    for (let left = 20; left > 0; left -= 1) {
      const answer = await make();
      if (answer.status !== 503) return answer;
    }
    return await make();
  };
  const all = <T extends { status: number }>(make: (at: number) => Promise<T>) =>
    Promise.all(Array.from({ length: parallel }, (_, at) => insist(() => make(at))));

  test("50 identical requests at once start one deletion", async () => {
    const uid = newUid();
    const answers = await all(() => remove(uid, "r", ["2", "1"]));
    expect(answers).toEqual(Array(parallel).fill(ok));
    const deletions = await deletionsOf(uid);
    expect(deletions.map(({ parts }) => parts)).toEqual([["1 alpha", "2 alpha", "2 beta"]]);
    expect([await countRequests(uid), await countJobs(deletions.map(({ id }) => id))]).toEqual([
      1, 1,
    ]);
  });

  test("50 different requests for one category at once start one deletion", async () => {
    const uid = newUid();
    const answers = await all((at) => remove(uid, `r${at}`, ["1"]));
    expect(answers).toEqual(Array(parallel).fill(ok));
    expect((await deletionsOf(uid)).map(({ parts }) => parts)).toEqual([["1 alpha"]]);
    expect(await countRequests(uid)).toBe(parallel);
  });

  test("50 overlapping requests at once start each category once", async () => {
    const uid = newUid();
    const sets = [["1", "2"], ["2", "3"], ["3", "1"], ["2"]];
    await all((at) => remove(uid, `r${at}`, sets[at % sets.length] ?? []));
    const started = (await deletionsOf(uid)).flatMap(({ parts }) => parts);
    expect(started.sort()).toEqual(["1 alpha", "2 alpha", "2 beta", "3 beta"]);
  });

  test("50 users at once start 50 deletions", async () => {
    const uids = Array.from({ length: parallel }, newUid);
    const answers = await all((at) => remove(uids[at] ?? "", "r", ["1"]));
    expect(answers).toEqual(Array(parallel).fill(ok));
    const started = await Promise.all(uids.map((uid) => deletionsOf(uid)));
    expect(started.map((deletions) => deletions.length)).toEqual(Array(parallel).fill(1));
  });

  test("of 50 requests with one request_id and two sets, one set wins and the other conflicts", async () => {
    const uid = newUid();
    const answers = await all((at) => remove(uid, "r", at % 2 ? ["1"] : ["3"]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const deletions = await deletionsOf(uid);
    expect(deletions).toHaveLength(1);
    const isFirst = deletions[0]?.parts[0] === "3 beta";
    expect(answers.map(({ status }) => status)).toEqual(
      answers.map((_, at) => ((at % 2 === 0) === isFirst ? 200 : 409)),
    );
  });
});

describe("when the ledger does not answer", () => {
  /** Holds a table until the request has been answered. */
  async function whileLocked<T>(table: string, work: () => Promise<T>): Promise<T> {
    return (await hub.sql.begin(async (tx) => {
      await tx`lock table ${tx(table)} in access exclusive mode`;
      return await work();
    })) as T;
  }

  test.each(["requests", "deletions"])(
    "%s: the outcome is open, and a repeat settles it",
    async (table) => {
      const uid = newUid();
      const answer = await whileLocked(table, () => remove(uid, "r", ["1"]));
      expect(answer).toMatchObject({ status: 503, code: "enqueue_failed" });
      expect(await remove(uid, "r", ["1"])).toEqual(ok);
      expect((await deletionsOf(uid)).map(({ parts }) => parts)).toEqual([["1 alpha"]]);
    },
  );

  test("because its queue is not made yet: the same", async () => {
    await using early = await createTestHub({ categories: ["1"], services: [[alpha]] });
    await early.sql`alter type graphile_worker.job_spec rename to to_come`;
    const answer = await remove("4001", "r", ["1"], early);
    expect(answer).toMatchObject({ status: 503, code: "enqueue_failed" });
    await early.sql`alter type graphile_worker.to_come rename to job_spec`;
    expect(await remove("4001", "r", ["1"], early)).toEqual(ok);
  });
});

describe("identity", () => {
  let identity: FakeService;
  let known: TestHub;
  beforeAll(async () => {
    identity = await startFakeService("identity");
    known = await createTestHub({
      categories: ["1"],
      services: [[alpha]],
      config: { identity: { url: identity.url, client: "identity", timeoutMs: 300 } },
    });
  });
  afterAll(async () => {
    await known[Symbol.asyncDispose]();
    await identity[Symbol.asyncDispose]();
  });

  const accounts = (...uids: string[]) => uids.map((uid) => ({ uid, is_portal: true }));
  const unusable: [what: string, behaviour: Behaviour][] = [
    ["fails", () => ({ status: 500 })],
    ["is silent", () => new Promise(() => {})],
    ["refuses", () => ({ status: 403 })],
    ["answers with no JSON", () => ({ status: 200, body: "{" })],
    ["knows of nobody", () => ({ status: 200, body: { yandex_uids: [], complete: true } })],
    [
      "does not know all",
      () => ({ status: 200, body: { yandex_uids: accounts("1"), complete: false } }),
    ],
    [
      "does not say whether it knows all",
      () => ({ status: 200, body: { yandex_uids: accounts("1") } }),
    ],
    [
      "knows of more than 1,000 of a kind",
      () => ({
        status: 200,
        body: {
          yandex_uids: accounts("1"),
          phone_ids: Array.from({ length: 1_001 }, (_, at) => `p${at}`),
          complete: true,
        },
      }),
    ],
  ];
  test.each(unusable)("nothing starts where it %s", async (_what, behaviour) => {
    identity.onDelete = behaviour;
    const uid = newUid();
    const before = await dumpTables(known);
    expect(await remove(uid, "r", ["1"], known)).toMatchObject({
      status: 503,
      code: "identity_unavailable",
    });
    expect(await dumpTables(known)).toEqual(before);
    identity.onDelete = () => ({ status: 404 });
    expect(await remove(uid, "r", ["1"], known)).toEqual(ok);
  });

  test("a repeat needs no identity", async () => {
    const uid = newUid();
    identity.onDelete = () => ({ status: 404 });
    await remove(uid, "r", ["1"], known);
    identity.onDelete = () => ({ status: 500 });
    expect(await remove(uid, "r", ["1"], known)).toEqual(ok);
    expect((await remove(uid, "r2", ["1"], known)).code).toBe("identity_unavailable");
  });

  test("what it knew at acceptance goes with the call, the primary uid first", async () => {
    const uid = newUid();
    identity.onDelete = () => ({
      status: 200,
      body: {
        yandex_uids: [
          { uid: "88", is_portal: false },
          { uid, is_portal: true },
        ],
        user_ids: ["u1"],
        personal_phone_ids: ["pp1"],
        complete: true,
      },
    });
    await remove(uid, "r", ["1"], known);
    identity.onDelete = () => ({ status: 500 });
    await known.drain();
    expect(alpha.deletes().find(({ body }) => body.report_uid === uid)?.body).toMatchObject({
      yandex_uids: [
        { uid, is_portal: true },
        { uid: "88", is_portal: false },
      ],
      user_ids: ["u1"],
      personal_phone_ids: ["pp1"],
    });
  });
});
