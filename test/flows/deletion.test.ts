import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty]] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

test("a deletion is accepted, called with its fence, reported, and shown as empty", async () => {
  const uid = "4001";
  expect(await hub.status(uid)).toMatchObject({
    status: "ok",
    data: [{ id: "1", state: "ready_to_delete" }, { id: "2" }],
  });
  const response = await hub.remove(uid, "r1", ["1"]);
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  expect((await hub.status(uid)).data[0].state).toBe("delete_in_progress");
  await hub.drain();
  const [call] = realty.deletes();
  expect(call?.body).toMatchObject({
    yandex_uids: [{ uid, is_portal: true }],
    categories: ["1"],
    report_uid: uid,
    attempt: 1,
    request_id: "r1",
  });
  const { deletion_id, attempt, to } = call?.body ?? {};
  const report = { yandex_uid: uid, category_id: "1", state: "deleted", deletion_id, attempt, to };
  const answer = await hub.report(realty, report);
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  const status = await hub.status(uid);
  expect(status.data[0]).toMatchObject({
    state: "empty",
    update_date: expect.stringMatching(/Z$/),
  });
  const [row] = await hub.sql`select closed_at, sealed, wrapped from deletions`;
  expect(row).toMatchObject({ closed_at: expect.anything(), sealed: null, wrapped: null });
});
