import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Operation, type OperationId, operations } from "../../generated/operations.ts";
import { createApp } from "../../src/http/app.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { readAnswer } from "./support/answers.ts";
import { readAudit } from "./support/audit.ts";
import { type Act, createDesk, type Desk } from "./support/desk.ts";
import { goodBody } from "./support/requests.ts";
import { newUid } from "./support/uids.ts";

/** What holds for all acts of operators alike. */

let realty: FakeService;
let desk: Desk;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  desk = await createDesk();
  hub = await createTestHub({ services: [[realty]], config: { operators: desk.operators } });
});
beforeEach(async () => {
  await hub.sql`delete from audit_events`;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

const all: readonly Operation[] = Object.values(operations);
const acts = all.filter(({ role }) => role === "operator");
const titled = acts.map((operation) => [operation.id, operation] as const);
const nobodys = "0197d3a2-7c1e-7aaa-8bbb-000000000001";
const pathOf = ({ path }: Operation) =>
  path.replace(/\{\w+_id\}/, nobodys).replace("{name}", "realty");
const targetOf = ({ path }: Operation) =>
  path.includes("_id}") ? nobodys : path.includes("{name}") ? "realty" : "-";

async function send(operation: Operation, sent: Act = {}, of: TestHub = hub) {
  const method = operation.method.toUpperCase();
  const body = operation.body ? goodBody(operation) : undefined;
  const response = await desk.act(of, pathOf(operation), { method, body, ...sent });
  return await readAnswer(operation.id as OperationId, response);
}

describe.each(titled)("%s", (id, operation) => {
  test("viewers may not, nor may staff without a role, and the audit knows who tried", async () => {
    for (const login of ["vera", "mallory"]) {
      const { status, code } = await send(operation, { login });
      expect([status, code]).toEqual([403, "role_required"]);
    }
    const tried = await readAudit(hub);
    expect(tried).toEqual(
      ["vera", "mallory"].map(
        (login) => `desk/${login} ${id} ${targetOf(operation)} - role_required`,
      ),
    );
  });

  test("the role is looked at before the body", async () => {
    if (!operation.body) return;
    const { code } = await send(operation, { login: "vera", body: { colour: "blue" } });
    expect(code).toBe("role_required");
  });

  test("a ledger that is away is 503, whatever became of the act", async () => {
    const broken = new Proxy(hub.flows.store.sql, {
      apply: () => Promise.reject(Object.assign(new Error("gone"), { code: "ECONNREFUSED" })),
      get: (target, name) =>
        name === "begin"
          ? () => Promise.reject(Object.assign(new Error("gone"), { code: "ECONNREFUSED" }))
          : Reflect.get(target, name),
    });
    const store = { ...hub.flows.store, sql: broken };
    const app = createApp({ ...hub.context.http, flows: { ...hub.flows, store } });
    const away = new Proxy(hub, {
      get: (target, name) => (name === "app" ? app : Reflect.get(target, name)),
    });
    const query = operation.id === "releaseHold" ? "?reason=over" : "";
    const response = await desk.act(away, `${pathOf(operation)}${query}`, {
      method: operation.method.toUpperCase(),
      ...(operation.body && { body: goodBody(operation) }),
    });
    const answer = await readAnswer(operation.id as OperationId, response);
    expect([answer.status, answer.code]).toEqual([503, "unavailable"]);
  });
});

describe.each(titled.filter(([, { method }]) => method === "post"))("%s", (_id, operation) => {
  test("a bad Idempotency-Key is refused", async () => {
    for (const key of ["a b", "x".repeat(129), "\u00e9"]) {
      expect((await send(operation, { key })).code).toBe("bad_request");
    }
  });

  test("the same key and request again has the same answer, be it a refusal, and does nothing", async () => {
    const key = `key-${operation.id}`;
    const first = await send(operation, { key });
    const done = (await readAudit(hub)).filter((line) => line.endsWith(" ok"));
    const second = await send(operation, { key });
    const { request_id: _, ...body } = first.body;
    expect([second.status, second.code]).toEqual([first.status, first.code]);
    expect(second.body).toMatchObject(body);
    expect((await readAudit(hub)).filter((line) => line.endsWith(" ok"))).toEqual(done);
  });

  test("the same key with another body, or on another path, is refused and does nothing", async () => {
    const key = `other-${operation.id}`;
    await send(operation, { key });
    const body = { ...goodBody(operation), reason: "another" };
    const { status, code } = await send(operation, { key, body });
    expect([status, code]).toEqual([409, "idempotency_conflict"]);
    const elsewhere =
      operation.id === "pauseService" ? operations.placeHold : operations.pauseService;
    expect((await send(elsewhere, { key })).code).toBe("idempotency_conflict");
    // And the first answer is kept all the same.
    expect((await send(operation, { key })).code).not.toBe("idempotency_conflict");
  });

  test("another operator's key is another key", async () => {
    const key = `mine-${operation.id}`;
    await send(operation, { key, login: "alice" });
    const body = { ...goodBody(operation), reason: "another" };
    const { code } = await send(operation, { key, body, login: "bob" });
    expect(code).not.toBe("idempotency_conflict");
  });
});

describe("what is kept under an Idempotency-Key", () => {
  const placeHold = operations.placeHold;
  const count = async (uid: string) =>
    (await hub.sql`select from holds where subject = ${hub.flows.subjects.of(uid)}`).length;

  test("is one act, however many requests come at once", async () => {
    const body = { uid: newUid(), reason: "why" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(placeHold, { key: "at-once", body })),
    );
    expect(new Set(answers.map((answer) => answer.body.hold_id)).size).toBe(1);
    expect(await count(body.uid)).toBe(1);
  });

  test("is forgotten after a day", async () => {
    const body = { uid: newUid(), reason: "why" };
    await send(placeHold, { key: "daily", body });
    await hub.sql`update idempotency_keys set created_at = created_at - interval '24 hours'`;
    await send(placeHold, { key: "daily", body });
    await send(placeHold, { key: "daily", body });
    expect(await count(body.uid)).toBe(2);
  });

  test("bears neither the key nor whom it is about", async () => {
    const uid = "5182047693251860497321586029473";
    await send(placeHold, { key: `key-of-${uid}`, body: { uid, reason: "why" } });
    const rows = await hub.sql<{ row: string }[]>`
      select k::text as row from idempotency_keys k union all select a::text from audit_events a
       union all select h::text from holds h`;
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.filter(({ row }) => row.includes(uid))).toEqual([]);
  });
});
