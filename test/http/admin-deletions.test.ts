import { randomUUIDv7 } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { insertHold } from "../../src/store/holds.ts";
import { lockSubjects } from "../../src/store/rewrite-subject.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { exportsOf } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { partsOf } from "../support/ledger-rows.ts";
import { until } from "../support/processes.ts";
import { readAnswer } from "./support/answers.ts";
import { readAudit } from "./support/audit.ts";
import { type Act, createDesk, type Desk } from "./support/desk.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
let beta: FakeService;
let identity: FakeService;
let desk: Desk;
let hub: TestHub;
/** What the identity service says of somebody, by uid; `null`: it is away. */
const persons = new Map<string, { uid: string; is_portal: boolean }[] | null>();
const dayMs = 86_400_000;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  identity = await startFakeService("identity");
  identity.onDelete = ({ body }) => {
    const uids = persons.get(body.yandex_uid);
    if (uids === null) return { status: 500 };
    return uids ? { status: 200, body: { yandex_uids: uids, complete: true } } : { status: 404 };
  };
  desk = await createDesk();
  hub = await createTestHub({
    services: [[alpha], [beta, { categories: ["2"], after: ["alpha"] }]],
    config: {
      operators: desk.operators,
      identity: { url: identity.url, client: "identity", timeoutMs: 2_000 },
    },
    overrides: { random: () => 0.999 },
  });
});
beforeEach(async () => {
  for (const service of [alpha, beta, identity]) service.calls.length = 0;
  for (const service of [alpha, beta]) service.onDelete = () => ({ status: 200 });
  await hub.sql`truncate audit_events, deletions, deletion_categories, parts, holds`;
  await hub.sql`delete from graphile_worker._private_jobs`;
});
afterAll(async () => {
  for (const each of [hub, alpha, beta, identity]) await each[Symbol.asyncDispose]();
});

const reason = "OPS-4711";

async function act(operation: OperationId, path: string, sent: Act = {}) {
  return await readAnswer(operation, await desk.act(hub, `/admin/v1/${path}`, sent));
}

const create = (uid: string, categories: readonly string[] = ["1"], sent: Act = {}) =>
  act("createDeletion", "deletions", { body: { uid, categories, reason }, ...sent });
const retry = (id: string, sent: Act = {}) =>
  act("retryDeletion", `deletions/${id}/retry`, { body: { reason }, ...sent });
const cancel = (id: string, sent: Act = {}) =>
  act("cancelDeletion", `deletions/${id}/cancel`, { body: { reason }, ...sent });
const resolve = (id: string, login: string, body: object = {}) =>
  act("resolveDeletion", `deletions/${id}/resolve`, {
    login,
    body: { state: "resolved", reason, ...body },
  });

/** Accepts a deletion as the portal does, and carries out what can be. */
async function start(uid: string, categories: readonly string[] = ["1"], requestId = "r") {
  expect((await hub.remove(uid, requestId, categories)).status).toBe(200);
  await hub.drain();
  const [row] = await hub.sql<{ id: string }[]>`
    select id from deletions where subject = ${hub.flows.subjects.of(uid)} order by seq desc limit 1`;
  return row?.id ?? "";
}

/** A deletion of one category that failed for good. */
async function startFailed(uid: string, categories?: readonly string[]): Promise<string> {
  alpha.onDelete = () => ({ status: 400 });
  const id = await start(uid, categories);
  alpha.onDelete = () => ({ status: 200 });
  return id;
}

async function isSealed(id: string): Promise<boolean> {
  const [row] = await hub.sql`select sealed is not null as sealed from deletions where id = ${id}`;
  return row?.sealed;
}

const states = async (uid: string) => (await partsOf(hub, uid)).map(({ state }) => state);
const nobodys = "0197d3a2-7c1e-7aaa-8bbb-000000000001";

describe("a deletion that an operator orders", () => {
  test("is carried out like any other, and says where it comes from", async () => {
    const uid = newUid();
    const { status, body } = await create(uid, ["2", "1", "1"]);
    expect(status).toBe(202);
    expect(body).toMatchObject({ state: "open", origin: "admin" });
    expect(body.parts.map(({ state }: { state: string }) => state)).toEqual([
      "due",
      "due",
      "waiting",
    ]);
    await hub.drain();
    const [order] = alpha.deletes();
    expect(order?.body).toMatchObject({
      report_uid: uid,
      deletion_id: body.deletion_id,
      to: body.accepted_at,
    });
    expect(order?.body.request_id).toBeUndefined();
    expect(await readAudit(hub)).toEqual([
      `desk/alice createDeletion ${body.deletion_id} (${reason}) ok`,
    ]);
  });

  test("of a phonish account is the portal user's, who sees it", async () => {
    const [portal, phonish] = [newUid(), newUid()];
    persons.set(phonish, [
      { uid: phonish, is_portal: false },
      { uid: portal, is_portal: true },
    ]);
    await create(phonish);
    expect(identity.calls[0]?.body).toEqual({ yandex_uid: phonish, origin: "admin" });
    const { data } = await hub.status(portal);
    expect(data[0]).toMatchObject({ id: "1", state: "delete_in_progress" });
  });

  test("joins what is open, and starts the rest", async () => {
    const uid = newUid();
    const running = await start(uid, ["1"]);
    const { body } = await create(uid, ["1"]);
    expect(body.deletion_id).toBe(running);
    const more = await create(uid, ["1", "2"]);
    expect(more.body.deletion_id).not.toBe(running);
    expect(
      new Set(more.body.parts.map(({ category_id }: { category_id: string }) => category_id)),
    ).toEqual(new Set(["2"]));
  });

  test("is refused for a category that is not known, for a held user, and without identity", async () => {
    const uid = newUid();
    expect((await create(uid, ["1", "9"])).code).toBe("category_unknown");
    persons.set(uid, null);
    const away = await create(uid);
    expect([away.status, away.code]).toEqual([503, "identity_unavailable"]);
    await act("placeHold", "holds", { body: { uid, reason } });
    expect((await create(uid)).code).toBe("delete_denied");
    expect(await states(uid)).toEqual([]);
    const audit = await readAudit(hub);
    expect(audit.map((line) => line.split(" ").at(-1))).toEqual([
      "category_unknown",
      "identity_unavailable",
      "ok",
      "delete_denied",
    ]);
  });

  test("under a key is one, and what was a fault of the hub is not kept under it", async () => {
    const uid = newUid();
    persons.set(uid, null);
    expect((await create(uid, ["1"], { key: "k1" })).code).toBe("identity_unavailable");
    persons.delete(uid);
    const first = await create(uid, ["1"], { key: "k1" });
    expect(first.status).toBe(202);
    await hub.drain();
    await hub.report(alpha, doneReport(alpha.deletes()[0]?.body, "1"));
    const again = await create(uid, ["1"], { key: "k1" });
    expect(again.body).toEqual(first.body);
    expect(await states(uid)).toEqual(["deleted"]);
  });

  test("must not name the user in its reason", async () => {
    const uid = newUid();
    const answer = await create(uid, ["1"], {
      body: { uid, categories: ["1"], reason: `of ${uid}` },
    });
    expect(answer.code).toBe("bad_request");
  });
});

describe("a retry", () => {
  test("is a new deletion of what failed alone, with the old fence and the old snapshot", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 200 });
    const old = await start(uid, ["2"]);
    await hub.report(alpha, doneReport(alpha.deletes()[0]?.body, "2"));
    beta.onDelete = () => ({ status: 400 });
    await hub.drain();
    expect(await states(uid)).toEqual(["deleted", "delete_failed"]);
    const fence = alpha.deletes()[0]?.body.to;
    beta.calls.length = 0;
    beta.onDelete = () => ({ status: 200 });
    const { status, body } = await retry(old);
    expect(status).toBe(202);
    expect(body).toMatchObject({ retry_of: old, fence_at: fence, origin: "admin", state: "open" });
    expect(body.parts).toMatchObject([{ category_id: "2", service: "beta" }]);
    expect(Date.parse(body.accepted_at)).toBeGreaterThan(Date.parse(fence));
    expect([await isSealed(old), await isSealed(body.deletion_id)]).toEqual([false, true]);
    await hub.drain();
    const [order] = beta.deletes();
    expect(order?.body).toMatchObject({
      to: fence,
      deletion_id: body.deletion_id,
      request_id: "r",
      report_uid: uid,
    });
    expect(alpha.deletes().length).toBe(1);
    await hub.report(beta, doneReport(order?.body, "2"));
    const { data, errors } = await hub.status(uid);
    expect(data[1]).toMatchObject({ state: "empty", update_date: expect.stringMatching(/Z$/) });
    expect(errors).toBeUndefined();
    expect(await isSealed(body.deletion_id)).toBe(false);
  });

  test("is not ended by a late repeat, without a deletion_id, of what was reported of the old one", async () => {
    const uid = newUid();
    const old = await start(uid);
    const failed = { state: "delete_failed", retriable: false };
    const plain = { yandex_uid: uid, category_id: "1", completed_at: new Date().toISOString() };
    await hub.report(alpha, { ...plain, ...failed });
    const { body } = await retry(old);
    await hub.drain();
    expect(Date.parse(body.accepted_at)).toBeGreaterThan(Date.parse(plain.completed_at));
    for (const what of [failed, { state: "deleted" }]) {
      expect((await hub.report(alpha, { ...plain, ...what })).status).toBe(200);
      expect(await states(uid)).toEqual(["delete_failed", "accepted"]);
    }
  });

  test("does not end at a deadline that the old deletion has long passed", async () => {
    const uid = newUid();
    const old = await startFailed(uid);
    await hub.sql`update deletions set accepted_at = accepted_at - interval '40 d' where id = ${old}`;
    await retry(old);
    await hub.drain();
    expect((await states(uid)).at(-1)).toBe("accepted");
  });

  test("of a retry has the first one's fence", async () => {
    const uid = newUid();
    const first = await startFailed(uid);
    const [{ body: order } = { body: null }] = alpha.deletes();
    alpha.onDelete = () => ({ status: 400 });
    const second = (await retry(first)).body.deletion_id;
    await hub.drain();
    const third = await retry(second);
    expect(third.body).toMatchObject({ fence_at: order.to, retry_of: second });
  });

  test("is refused while the category is open, where nothing failed, and where a newer one was at it", async () => {
    const uid = newUid();
    const old = await startFailed(uid);
    const running = await start(uid, ["1"], "second");
    expect((await retry(running)).code).toBe("nothing_to_retry");
    expect((await retry(old)).code).toBe("nothing_to_retry");
    const other = newUid();
    const failed = await startFailed(other, ["2"]);
    await start(other, ["2"], "second");
    expect((await retry(failed)).code).toBe("nothing_to_retry");
    expect((await retry(nobodys)).code).toBe("not_found");
  });

  test("is refused while another service's part keeps the category open, and names it", async () => {
    const uid = newUid();
    const failed = await startFailed(uid, ["1"]);
    // A deletion of the same category that has no part of this service.
    const [row] = await hub.sql<{ id: string }[]>`
      insert into deletions (id, subject, origin, accepted_at, wake_at)
      select gen_random_uuid(), subject, 'portal', now(), now() from deletions where id = ${failed} returning id`;
    await hub.sql`insert into deletion_categories (deletion_id, category_id, subject)
      select ${row?.id ?? ""}, '1', subject from deletions where id = ${failed}`;
    const answer = await retry(failed);
    expect([answer.status, answer.code]).toEqual([409, "category_open"]);
    expect(await isSealed(failed)).toBe(true);
  });

  test("is refused when the snapshot is gone, and for a held user", async () => {
    const uid = newUid();
    const old = await startFailed(uid);
    await act("placeHold", "holds", { body: { uid, reason } });
    expect((await retry(old)).code).toBe("delete_denied");
    await hub.passTime(31 * dayMs);
    await sweep(hub.flows);
    expect((await retry(old)).code).toBe("snapshot_gone");
  });

  test("waits for a hold that is being placed on any uid of the person, before it locks the deletion", async () => {
    const [uid, other] = [newUid(), newUid()];
    persons.set(uid, [
      { uid, is_portal: true },
      { uid: other, is_portal: false },
    ]);
    const old = await startFailed(uid);
    let isAnswered = false;
    const { retrying, isFree } = await hub.sql.begin(async (sql) => {
      await lockSubjects(sql, hub.flows.subjects.allOf(other));
      const of = { id: randomUUIDv7(), subject: hub.flows.subjects.of(other), categoryIds: null };
      await insertHold(sql, { ...of, reason, client: "desk", login: "alice" });
      const retrying = retry(old).finally(() => {
        isAnswered = true;
      });
      await until("a retry that waits", async () => {
        const waiting = await hub.sql`
          select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
        return isAnswered || waiting.length === 1;
      });
      const free = await hub.sql`select from deletions where id = ${old} for update skip locked`;
      return { retrying, isFree: free.length === 1 };
    });
    expect((await retrying).code).toBe("delete_denied");
    expect(isFree).toBe(true);
    expect(await states(uid)).toEqual(["delete_failed"]);
  });

  test("leaves alone what the configuration does not know", async () => {
    const uid = newUid();
    const old = await startFailed(uid);
    await hub.sql`update parts set service = 'bygone' where deletion_id = ${old}`;
    expect((await retry(old)).code).toBe("nothing_to_retry");
    expect(await isSealed(old)).toBe(true);
  });

  test("once is enough, however many ask for it at once", async () => {
    const uid = newUid();
    const old = await startFailed(uid);
    const answers = await Promise.all([1, 2, 3, 4].map(() => retry(old)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(await states(uid)).toHaveLength(2);
  });
});

test("a reason that names a user whom the ledger knows is refused, and is not in the audit", async () => {
  const uid = "5182047693251860497321586029473";
  const id = await startFailed(uid);
  const body = { reason: `user ${uid} has called, OPS-471123` };
  for (const answer of [await retry(id, { body }), await cancel(id, { body })]) {
    expect(answer.code).toBe("bad_request");
    expect(answer.body.errors).toEqual([{ pointer: "/reason", detail: "must not name a user" }]);
  }
  expect(await readAudit(hub)).toEqual([
    `desk/alice retryDeletion ${id} - bad_request`,
    `desk/alice cancelDeletion ${id} - bad_request`,
  ]);
  expect((await retry(id, { body: { reason: "OPS-471123" } })).status).toBe(202);
});

test("a reason that names a user of whom there is an export, or a report, alone is refused too", async () => {
  const [exported, reported] = [newUid(), newUid()];
  expect((await exportsOf(hub).submit(exported, "r")).status).toBe(200);
  const report = { yandex_uid: reported, category_id: "1", state: "deleted" };
  expect((await hub.report(alpha, report)).status).toBe(200);
  for (const uid of [exported, reported]) {
    const body = { reason: `user ${uid} has called` };
    expect((await act("pauseService", "services/alpha/pause", { body })).code).toBe("bad_request");
  }
  const refused = "desk/alice pauseService alpha - bad_request";
  expect(await readAudit(hub)).toEqual([refused, refused]);
});

describe("a reason that names another uid of the person", () => {
  function unknownAlias() {
    const [uid, other] = [newUid(), newUid()];
    const uids = [uid, other].map((one) => ({ uid: one, is_portal: one === uid }));
    persons.set(uid, uids);
    return { uid, body: { uid, categories: ["1"], reason: `also known as ${other}` } };
  }

  test("is refused though only the identity service knew of it, starts nothing, and is not in the audit", async () => {
    const { uid, body } = unknownAlias();
    const answer = await create(uid, ["1"], { body, key: "alias" });
    expect(answer.code).toBe("bad_request");
    expect(await states(uid)).toEqual([]);
    expect(await readAudit(hub)).toEqual(["desk/alice createDeletion - - bad_request"]);
    const again = await create(uid, ["1"], { key: "alias", body: { ...body, reason } });
    expect(again.status).toBe(202);
  });

  test("does not keep an act that was done from being repeated under its key", async () => {
    const [uid, other] = [newUid(), newUid()];
    const sent = { body: { uid, reason: `see ${other}` }, key: "hold-before" };
    const first = await act("placeHold", "holds", sent);
    expect(first.status).toBe(201);
    await start(other);
    const second = await act("placeHold", "holds", sent);
    expect([second.status, second.body]).toEqual([201, first.body]);
  });
});

describe("cancelling", () => {
  async function accepted(uid: string, categories: readonly string[] = ["1"]): Promise<string> {
    await hub.remove(uid, "r", categories);
    const [row] = await hub.sql<{ id: string }[]>`
      select id from deletions where subject = ${hub.flows.subjects.of(uid)}`;
    return row?.id ?? "";
  }

  test("before the first call ends everything, calls nobody, and forgets the user", async () => {
    const uid = newUid();
    const id = await accepted(uid, ["1", "2"]);
    const { status, body } = await cancel(id);
    expect([status, body.state]).toEqual([200, "cancelled"]);
    await hub.drain();
    expect(alpha.deletes()).toEqual([]);
    expect(new Set(await states(uid))).toEqual(new Set(["cancelled"]));
    expect(await isSealed(id)).toBe(false);
    const { data } = await hub.status(uid);
    expect(data[0]).toEqual({ id: "1", slug: "category-1", state: "ready_to_delete" });
    expect(alpha.statuses().length).toBe(1);
    expect((await hub.remove(uid, "anew", ["1"])).status).toBe(200);
  });

  test("once more is the same answer", async () => {
    const id = await accepted(newUid());
    const first = await cancel(id);
    expect((await cancel(id)).body).toEqual(first.body);
  });

  test("after the first call is refused, also while it is under way", async () => {
    const uid = newUid();
    const id = await start(uid, ["2"]);
    const answer = await cancel(id);
    expect([answer.status, answer.code]).toEqual([409, "already_started"]);
    expect(await states(uid)).toEqual(["accepted", "waiting"]);
    expect(await readAudit(hub)).toEqual([
      `desk/alice cancelDeletion ${id} (${reason}) already_started`,
    ]);
  });

  test("of one that ended without a call, and of one that is not there", async () => {
    const id = await accepted(newUid());
    await hub.passTime(31 * dayMs);
    await hub.drain();
    expect((await cancel(id)).code).toBe("already_closed");
    expect((await cancel(nobodys)).code).toBe("not_found");
    expect((await cancel("x")).code).toBe("not_found");
  });
});

describe("resolving", () => {
  test("is proposed by one operator and done when another asks for the same", async () => {
    const uid = newUid();
    const id = await startFailed(uid);
    const proposed = await resolve(id, "alice");
    expect(proposed.body).toMatchObject({
      state: "failed",
      proposal: { state: "resolved", login: "alice", reason },
    });
    expect(await states(uid)).toEqual(["delete_failed"]);
    // Nobody confirms himself.
    expect((await resolve(id, "alice")).body.proposal.login).toBe("alice");
    const done = await resolve(id, "bob");
    expect(done.body).toMatchObject({ state: "done", parts: [{ state: "resolved" }] });
    expect(done.body.proposal).toBeUndefined();
    expect(await isSealed(id)).toBe(false);
    expect(await readAudit(hub)).toEqual([
      `desk/alice resolveDeletion ${id} (${reason}) proposed`,
      `desk/alice resolveDeletion ${id} (${reason}) proposed`,
      `desk/bob resolveDeletion ${id} (${reason}) ok`,
    ]);
  });

  test("waits for nobody any more once nothing is left to be ended", async () => {
    const uid = newUid();
    const id = await start(uid);
    expect((await resolve(id, "alice", { service: "alpha" })).body.proposal).toBeDefined();
    await hub.report(alpha, doneReport(alpha.deletes()[0]?.body, "1"));
    const { body } = await readAnswer(
      "getDeletion",
      await desk.get(hub, `/admin/v1/deletions/${id}`),
    );
    expect([body.state, body.proposal]).toEqual(["done", undefined]);
    expect((await resolve(id, "bob", { service: "alpha" })).code).toBe("already_closed");
  });

  test("to another state, or for another service, is another proposal", async () => {
    const id = await startFailed(newUid());
    await resolve(id, "alice");
    expect((await resolve(id, "bob", { state: "cancelled" })).body.proposal).toMatchObject({
      state: "cancelled",
      login: "bob",
    });
    expect(
      (await resolve(id, "alice", { state: "cancelled", service: "alpha" })).body.proposal,
    ).toMatchObject({
      service: "alpha",
      login: "alice",
    });
    const done = await resolve(id, "bob", { state: "cancelled", service: "alpha" });
    expect(done.body).toMatchObject({ state: "cancelled", parts: [{ state: "cancelled" }] });
  });

  test("ends what is open too, what waited for it goes on, and a late answer changes nothing", async () => {
    const uid = newUid();
    const id = await start(uid, ["2"]);
    const order = alpha.deletes()[0]?.body;
    await resolve(id, "alice", { service: "alpha" });
    await resolve(id, "bob", { service: "alpha" });
    await hub.drain();
    expect(await states(uid)).toEqual(["resolved", "accepted"]);
    expect((await hub.report(alpha, doneReport(order, "2"))).status).toBe(200);
    expect(await states(uid)).toEqual(["resolved", "accepted"]);
    await hub.report(beta, doneReport(beta.deletes()[0]?.body, "2"));
    const { data } = await hub.status(uid);
    expect(data[1].update_date).toBeUndefined();
  });

  test("ends parts of a service that is not configured any more", async () => {
    const uid = newUid();
    const id = await start(uid, ["2"]);
    await hub.sql`update parts set service = 'bygone' where deletion_id = ${id} and service = 'beta'`;
    await hub.report(alpha, doneReport(alpha.deletes()[0]?.body, "2"));
    await resolve(id, "alice", { state: "cancelled", service: "bygone" });
    const { body } = await resolve(id, "bob", { state: "cancelled", service: "bygone" });
    expect(body).toMatchObject({ state: "cancelled", closed_at: expect.stringMatching(/Z$/) });
    const stuck = await desk.get(hub, "/admin/v1/stuck");
    expect((await readAnswer("listStuck", stuck)).body.items).toEqual([]);
  });

  test("forgets the user of whom a service keeps something by law", async () => {
    const uid = newUid();
    const id = await start(uid);
    await hub.report(alpha, {
      ...doneReport(alpha.deletes()[0]?.body, "1"),
      outcome: "retained",
      reason: "tax_law",
    });
    expect(await isSealed(id)).toBe(true);
    await resolve(id, "alice");
    const { body } = await resolve(id, "bob");
    expect(body).toMatchObject({
      state: "done",
      parts: [{ state: "deleted", outcome: "retained" }],
    });
    expect(await isSealed(id)).toBe(false);
  });

  test("of what is done, or not there, is refused", async () => {
    const uid = newUid();
    const id = await start(uid);
    await hub.report(alpha, doneReport(alpha.deletes()[0]?.body, "1"));
    expect((await resolve(id, "alice")).code).toBe("already_closed");
    expect((await resolve(nobodys, "alice")).code).toBe("not_found");
    const open = await start(newUid());
    expect((await resolve(open, "alice", { service: "beta" })).code).toBe("already_closed");
  });
});
