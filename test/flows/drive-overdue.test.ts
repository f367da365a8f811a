import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServiceClient } from "../../src/connected/service-client.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { deletionOf, eventsOf, hurry, partOf } from "../support/ledger-rows.ts";

/** Reports that do not come: contract 7, `report_within`. */

const hour = 3_600_000;
const sayEmpty = { status: 200, body: { data_state: "empty" } };

let realty: FakeService;
let hub: TestHub;

beforeEach(async () => {
  realty = await startFakeService("realty");
  const rules = { backoff: { firstMs: 60_000, maxMs: 600_000 }, attempts: 3 };
  hub = await createTestHub({ services: [[realty, rules]], overrides: { random: () => 0.5 } });
  await hub.remove("1", "r", ["1"]);
  await hub.drain();
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

async function overdue(answer: Answer | (() => Promise<Answer>)): Promise<void> {
  realty.onStatus = () => (typeof answer === "function" ? answer() : answer);
  await comeBackIn(hour);
}

async function comeBackIn(ms: number): Promise<void> {
  await hurry(hub, ms + 11_000);
  await sweep(hub.flows);
  await hub.drain();
}

test("nobody is asked before the report is overdue", async () => {
  await hurry(hub, hour - 60_000);
  await sweep(hub.flows);
  await hub.drain();
  expect(realty.statuses()).toEqual([]);
});

describe("then the service's status is asked", () => {
  test("and `empty` closes the part as deleted", async () => {
    await overdue(sayEmpty);
    expect(realty.statuses()[0]?.body).toMatchObject({
      yandex_uids: [{ uid: "1", is_portal: true }],
      categories: ["1"],
    });
    expect(await partOf(hub, "1")).toMatchObject({
      state: "deleted",
      outcome: "erased",
      attempt: 1,
    });
    expect(await eventsOf(hub, "1")).toContain("realty/1 reconciled");
    expect(await deletionOf(hub, "1")).toMatchObject({ is_sealed: false });
  });

  test("and `delete_in_progress` is asked again after intervals that double", async () => {
    await overdue({ status: 200, body: { data_state: "delete_in_progress" } });
    const intervals = [(await partOf(hub, "1")).due_in_ms / hour];
    await comeBackIn(2 * hour);
    intervals.push((await partOf(hub, "1")).due_in_ms / hour);
    await comeBackIn(4 * hour);
    intervals.push((await partOf(hub, "1")).due_in_ms / hour);
    expect(intervals.map(Math.round)).toEqual([2, 4, 8]);
    expect(await partOf(hub, "1")).toMatchObject({ state: "accepted", failures: 0, asks: 3 });
    expect(realty.statuses()).toHaveLength(3);
    expect(realty.deletes()).toHaveLength(1);
  });

  test("and `ready_to_delete` is a failed attempt: called again, with a higher attempt", async () => {
    await overdue({
      status: 200,
      body: { categories: [{ id: "1", data_state: "ready_to_delete" }] },
    });
    expect(await partOf(hub, "1")).toMatchObject({
      state: "due",
      failures: 1,
      error_code: "not_deleted",
    });
    await comeBackIn(60_000);
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1, 2]);
  });

  test.each<[string, Answer]>([
    ["an error", { status: 500 }],
    ["garbage", { status: 200, body: "<html>" }],
    ["a state that nobody knows", { status: 200, body: { data_state: "gone" } }],
    [
      "other categories only",
      { status: 200, body: { categories: [{ id: "2", data_state: "empty" }] } },
    ],
  ])("and %s changes nothing but when to ask again", async (_, answer) => {
    await overdue(answer);
    expect(await partOf(hub, "1")).toMatchObject({
      state: "accepted",
      failures: 0,
      attempt: 1,
      is_leased: false,
    });
    expect((await partOf(hub, "1")).due_in_ms).toBeGreaterThan(0);
    expect(realty.statuses()).toHaveLength(1);
    await overdue(sayEmpty);
    expect((await partOf(hub, "1")).state).toBe("deleted");
  });
});

describe("a report that races the question", () => {
  const report = { yandex_uid: "1", category_id: "1" };

  test("wins: what the status says afterwards about a closed part changes nothing", async () => {
    await overdue(async () => {
      await hub.report(realty, { ...report, state: "deleted", outcome: "retained", reason: "law" });
      return { status: 200, body: { data_state: "ready_to_delete" } };
    });
    expect(await partOf(hub, "1")).toMatchObject({ state: "deleted", outcome: "retained" });
    expect(await eventsOf(hub, "1")).not.toContain("realty/1 attempt_failed");
  });

  test("wins with a failure too: an `empty` said before it closes nothing", async () => {
    await overdue(async () => {
      await hub.report(realty, { ...report, state: "delete_failed" });
      return sayEmpty;
    });
    expect(await partOf(hub, "1")).toMatchObject({ state: "due", failures: 1 });
  });

  test("an answer of an older attempt changes nothing, though the part waits for a report again", async () => {
    await overdue(async () => {
      await hub.report(realty, { ...report, state: "delete_failed" });
      await hurry(hub, hour);
      await hub.drain();
      return sayEmpty;
    });
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1, 2]);
    expect(await partOf(hub, "1")).toMatchObject({ state: "accepted", attempt: 2 });
  });
});

test("that the hub has no ticket to ask with is held against no service", async () => {
  const client = createServiceClient({
    ...{ url: realty.url, concurrency: 4 },
    ticket: () =>
      Promise.reject(Object.assign(new Error("the daemon is away"), { code: "no_ticket" })),
  });
  const line = { work: client, questions: client, exports: client };
  const flows = { ...hub.flows, services: new Map([["realty", line]]) };
  const uids = Array.from({ length: 12 }, (_, at) => String(at + 2));
  for (const uid of uids) await hub.remove(uid, "r", ["1"]);
  await hub.drain();
  await hurry(hub, hour + 11_000);
  const parts = async () => await Promise.all(uids.map((uid) => partOf(hub, uid)));
  const ids = await Promise.all(uids.map(async (uid) => (await deletionOf(hub, uid)).id));
  for (const deletionId of ids) await driveDeletion(flows, { deletionId });
  await client.close();
  expect(realty.statuses()).toEqual([]);
  expect(await parts()).toEqual(
    uids.map(() => expect.objectContaining({ state: "accepted", is_leased: true })),
  );
  expect(hub.flows.gates.isOpen("realty")).toBe(false);
  expect(await hub.sql`select from service_states where breaker = 'open'`).toHaveLength(0);
});
