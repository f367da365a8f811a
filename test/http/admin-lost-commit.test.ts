import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { createApp } from "../../src/http/app.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { readAnswer } from "./support/answers.ts";
import { readAudit } from "./support/audit.ts";
import { type Act, createDesk, type Desk } from "./support/desk.ts";
import { newUid } from "./support/uids.ts";

let alpha: FakeService;
let desk: Desk;
let hub: TestHub;
/** A process of the hub that never learns of its next COMMIT. */
let forgetful: TestHub;
let toLose = 0;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  desk = await createDesk();
  hub = await createTestHub({ services: [[alpha]], config: { operators: desk.operators } });
  forgetful = loseCommits(hub);
});
beforeEach(async () => {
  await hub.sql`delete from audit_events`;
});
afterAll(async () => {
  for (const each of [hub, alpha]) await each[Symbol.asyncDispose]();
});

function loseCommits(of: TestHub): TestHub {
  const begin = async (work: Parameters<TestHub["sql"]["begin"]>[1]) => {
    const result = await of.sql.begin(work as never);
    if (toLose === 0) return result;
    toLose -= 1;
    throw Object.assign(new Error("lost"), { code: "CONNECTION_CLOSED" });
  };
  const sql = new Proxy(of.flows.store.sql, {
    get: (target, name) => (name === "begin" ? begin : Reflect.get(target, name)),
  });
  const flows = { ...of.flows, store: { ...of.flows.store, sql } };
  return { ...of, app: createApp({ ...of.context.http, flows }) };
}

const reason = "OPS-4711";
const create = (uid: string, of: TestHub) =>
  send(of, "createDeletion", "deletions", { body: { uid, categories: ["1"], reason } });

async function send(of: TestHub, operation: OperationId, path: string, sent: Act) {
  return await readAnswer(operation, await desk.act(of, `/admin/v1/${path}`, sent));
}

/** Done once, said to be done, and once in the audit. */
async function expectDoneOnce(operation: OperationId, path: string, sent: Act) {
  await hub.sql`delete from audit_events`;
  toLose = 1;
  const answer = await send(forgetful, operation, path, sent);
  expect(toLose).toBe(0);
  expect([answer.code, answer.status < 300]).toEqual([null, true]);
  expect((await readAudit(hub)).map((line) => line.split(" ").at(-1))).toEqual(["ok"]);
  return answer.body;
}

test("an act without a key is done once and said to be done, though the answer to its COMMIT was lost", async () => {
  const uid = newUid();
  const body = { uid, categories: ["1"], reason };
  const { deletion_id: id } = await expectDoneOnce("createDeletion", "deletions", { body });
  const [row] = await hub.sql`
    select count(*)::int as count, bool_or(is_joined) as joined from deletion_categories where deletion_id = ${id}`;
  expect(row).toEqual({ count: 1, joined: false });
  await expectDoneOnce("cancelDeletion", `deletions/${id}/cancel`, { body: { reason } });

  const { hold_id: hold } = await expectDoneOnce("placeHold", "holds", { body: { uid, reason } });
  await expectDoneOnce("releaseHold", `holds/${hold}?reason=over`, { method: "DELETE" });
});

test("so is a resolution that was confirmed, which is none any more", async () => {
  const { body } = await create(newUid(), hub);
  const path = `deletions/${body.deletion_id}/resolve`;
  const sent = { body: { state: "resolved", reason } };
  await send(hub, "resolveDeletion", path, sent);
  const done = await expectDoneOnce("resolveDeletion", path, { ...sent, login: "bob" });
  expect(done).toMatchObject({ state: "done", parts: [{ state: "resolved" }] });
});
