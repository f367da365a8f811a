import { describe, expect, test } from "vitest";
import { sweep } from "../../src/flows/sweep.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../support/hub.ts";
import { deletionOf, eventsOf, hurry, partOf, partsOf } from "../support/ledger-rows.ts";

const day = 86_400_000;
const backoff = { firstMs: 60_000, maxMs: 600_000 };

interface Stage extends AsyncDisposable {
  readonly hub: TestHub;
  readonly realty: FakeService;
}

async function stage(rules: ServiceOverrides = {}, random = 0.5): Promise<Stage> {
  const realty = await startFakeService("realty");
  const hub = await createTestHub({
    services: [[realty, { backoff, ...rules }]],
    overrides: { random: () => random },
  });
  return {
    hub,
    realty,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await realty[Symbol.asyncDispose]();
    },
  };
}

/** Answers one after the other; the last one stays. */
function inTurn(...answers: readonly Answer[]): () => Answer {
  let at = 0;
  return () => answers[Math.min(at++, answers.length - 1)] as Answer;
}

describe("backoff", () => {
  test.each([
    ["seconds", () => "120", 120_000],
    ["seconds with white space behind them", () => "120 \t", 120_000],
    ["more seconds than nine digits can say", () => "9".repeat(400), 600_000],
    ["a date", () => new Date(Date.now() + 120_000).toUTCString(), 120_000],
    ["more than `backoff.max`", () => "86400", 600_000],
    ["less than the backoff's own chance", () => "1", 30_000],
    ["what nobody can read", () => "soon", 30_000],
    ["a moment that has passed", () => new Date(0).toUTCString(), 30_000],
  ])("Retry-After as %s is honoured up to `backoff.max`", async (_, header, expectedMs) => {
    await using place = await stage();
    const { hub, realty } = place;
    realty.onDelete = () => ({ status: 503, headers: { "retry-after": header() } });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    const { due_in_ms: dueInMs } = await partOf(hub, "1");
    expect(dueInMs).toBeLessThanOrEqual(expectedMs);
    expect(dueInMs).toBeGreaterThan(expectedMs - 20_000);
  });

  test("the queue runs the deletion again when the backoff is over, and not before", async () => {
    await using place = await stage();
    const { hub, realty } = place;
    realty.onDelete = inTurn({ status: 500 }, { status: 200 });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hub.drain();
    expect(realty.deletes()).toHaveLength(1);
    await hurry(hub, 30_000);
    await hub.drain();
    expect(realty.deletes()).toHaveLength(2);
    expect((await partOf(hub, "1")).state).toBe("accepted");
  });
});

describe("a retry", () => {
  test("carries only what is still open, under a higher attempt and with the very same fence", async () => {
    await using place = await stage();
    const { hub, realty } = place;
    realty.onDelete = () => ({ status: 503 });
    await hub.remove("1", "r", ["1", "2"]);
    await hub.drain();
    const first = realty.deletes()[0]?.body;
    await hub.report(realty, { yandex_uid: "1", category_id: "1", state: "deleted" });
    for (let times = 0; times < 3; times += 1) {
      await hurry(hub, backoff.maxMs);
      await sweep(hub.flows);
      await hub.drain();
    }
    const calls = realty.deletes().map(({ body }) => body);
    expect(calls.map(({ attempt, categories }) => [attempt, categories])).toEqual([
      [1, ["1", "2"]],
      [2, ["2"]],
      [3, ["2"]],
      [4, ["2"]],
    ]);
    const [{ accepted }] = await hub.sql<[{ accepted: number }]>`
      select (extract(epoch from accepted_at) * 1000)::float8 as accepted from deletions`;
    expect(new Set(calls.map(({ to }) => to))).toEqual(new Set([new Date(accepted).toISOString()]));
    expect(first.to).toMatch(/\.\d{3}Z$/);
    expect(new Set(calls.map(({ deletion_id }) => deletion_id)).size).toBe(1);
  });

  test("is caused by a reported failure too, and ends when a report says so", async () => {
    await using place = await stage();
    const { hub, realty } = place;
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    const report = { yandex_uid: "1", category_id: "1", state: "delete_failed" };
    await hub.report(realty, { ...report, error: { code: "disk_full", message: "x" } });
    expect(await partOf(hub, "1")).toMatchObject({
      state: "due",
      failures: 1,
      error_code: "disk_full",
    });
    await hurry(hub, backoff.maxMs);
    await hub.drain();
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1, 2]);
    await hub.report(realty, { ...report, attempt: 1, retriable: false });
    expect((await partOf(hub, "1")).state).toBe("accepted");
    await hub.report(realty, { ...report, attempt: 2, retriable: false });
    expect(await partOf(hub, "1")).toMatchObject({ state: "delete_failed", failures: 2 });
  });
});

describe("the end of the attempts", () => {
  test("so many recorded failures as `attempts` allows, then the part has failed and nobody calls again", async () => {
    await using place = await stage({ attempts: 3 }, 0);
    const { hub, realty } = place;
    realty.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hurry(hub, day);
    await hub.drain();
    expect(realty.deletes().map(({ body }) => body.attempt)).toEqual([1, 2, 3]);
    expect(await partOf(hub, "1")).toMatchObject({
      state: "delete_failed",
      failures: 3,
      error_code: "http_500",
    });
    expect(await deletionOf(hub, "1")).toMatchObject({
      closed_at: expect.anything(),
      is_sealed: true,
      is_to_be_destroyed: true,
    });
    expect((await hub.status("1")).errors).toContainEqual(
      expect.objectContaining({ code: "delete_failed", category_id: "1", service: "realty" }),
    );
  });

  test("calls that were lost with their worker do not count, though the attempt rises", async () => {
    await using place = await stage({ attempts: 2 });
    const { hub, realty } = place;
    realty.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    await hub.sql`update parts set state = 'calling', attempt = 7, leased_until = clock_timestamp()`;
    await hub.drain();
    expect(await partOf(hub, "1")).toMatchObject({ state: "due", failures: 1, attempt: 8 });
  });

  test("what is open at the deadline ends with `deadline_passed`, and a late `deleted` still counts", async () => {
    await using place = await stage();
    const { hub, realty } = place;
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hub.passTime(30 * day);
    realty.onStatus = () => ({ status: 200, body: { data_state: "delete_in_progress" } });
    await hub.flows.store.sql`select graphile_worker.add_job('drive_deletion',
      json_build_object('deletion_id', ${(await deletionOf(hub, "1")).id}::text))`;
    await hub.drain();
    expect(await partOf(hub, "1")).toMatchObject({
      state: "delete_failed",
      error_code: "deadline_passed",
    });
    await hub.report(realty, { yandex_uid: "1", category_id: "1", state: "deleted" });
    expect(await partOf(hub, "1")).toMatchObject({ state: "deleted", error_code: null });
    expect(await deletionOf(hub, "1")).toMatchObject({
      closed_at: expect.anything(),
      is_sealed: false,
      is_to_be_destroyed: false,
    });
  });

  test("a part in backoff is not put off beyond the deadline", async () => {
    await using place = await stage({ backoff: { firstMs: 40 * day, maxMs: 40 * day } }, 0.99);
    const { hub, realty } = place;
    realty.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    const [row] = await hub.sql<[{ days: number }]>`
      select extract(epoch from wake_at - accepted_at)::float8 / 86400 as days from deletions`;
    expect(row.days).toBe(30);
    expect(await eventsOf(hub, "1")).toEqual([
      "realty/1 accepted",
      "realty/1 claimed",
      "realty/1 attempt_failed",
    ]);
    expect(await partsOf(hub, "2")).toEqual([]);
  });
});

describe("a snapshot of a deletion that failed", () => {
  test("is destroyed in its time, though an answer comes after the report that ended it", async () => {
    await using place = await stage();
    const { hub, realty } = place;
    realty.onDelete = async ({ body }) => {
      const { deletion_id, attempt } = body;
      const report = {
        yandex_uid: "1",
        category_id: "1",
        state: "delete_failed",
        retriable: false,
      };
      await hub.report(realty, { ...report, deletion_id, attempt });
      return { status: 200 };
    };
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    expect((await partOf(hub, "1")).state).toBe("delete_failed");
    expect(await deletionOf(hub, "1")).toMatchObject({ is_sealed: true, is_to_be_destroyed: true });
  });
});
