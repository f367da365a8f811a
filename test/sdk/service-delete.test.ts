import {
  anonymized,
  category,
  type DeleteRequest,
  denied,
  erased,
  fatal,
  nothingFound,
  type Outcome,
  retained,
} from "takeout-sdk/service";
import { describe, expect, test } from "vitest";
import { namesIn } from "../support/naming.ts";
import { until } from "../support/processes.ts";
import { problem } from "./fake-hub.ts";
import { deleteBody, type RunningService, startService } from "./running-service.ts";

const deletes = (id: string, remove: (request: DeleteRequest) => Promise<Outcome>) =>
  category(id, { status: async () => "empty", delete: remove });

const bodies = ({ hub }: RunningService) => hub.reports.map(({ body }) => body);
const reported = (running: RunningService, count: number) =>
  until(`${count} reports`, () => running.hub.reports.length >= count && bodies(running));

test("a finished category is reported with the call's deletion, attempt, uid and fence, then answered 200", async () => {
  await using running = await startService({ categories: [deletes("1", async () => erased())] });
  const answer = await running.remove({ attempt: 3, report_uid: "4009" });
  expect(answer.status).toBe(200);
  expect(bodies(running)).toEqual([
    {
      service: "realty",
      yandex_uid: "4009",
      category_id: "1",
      state: "deleted",
      outcome: "erased",
      deletion_id: "d-1",
      attempt: 3,
      to: deleteBody.to,
      completed_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    },
  ]);
});

test("times longer than a timer of the runtime can be are long, and not over at once", async () => {
  const work = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const held = deletes("1", async ({ signal }) => {
    begun.resolve();
    await work.promise;
    return signal.aborted ? nothingFound() : erased();
  });
  const longMs = 30 * 24 * 60 * 60_000;
  await using running = await startService({
    categories: [held],
    answerWithinMs: longMs,
    timeoutMs: longMs,
  });
  const answer = running.remove();
  await begun.promise;
  const closed = running.service.close({ withinMs: Number.POSITIVE_INFINITY });
  await new Promise((turn) => setTimeout(turn, 20));
  work.resolve();
  await closed;
  expect((await answer).status).toBe(200);
  expect(bodies(running)).toMatchObject([{ outcome: "erased" }]);
});

test("a handler is given the fence, the deletion, the attempt and the identifiers", async () => {
  const seen: DeleteRequest[] = [];
  const held = deletes("1", async (request) => {
    seen.push(request);
    return erased();
  });
  await using running = await startService({ categories: [held] });
  await running.remove({ to: "2026-01-01T03:00:00.123456+03:00", user_ids: ["u1"] });
  expect(seen).toMatchObject([
    {
      before: new Date("2026-01-01T00:00:00.123Z"),
      deletionId: "d-1",
      attempt: 1,
      uids: ["4001"],
      userIds: ["u1"],
    },
  ]);
  expect(seen[0]?.signal.aborted).toBe(false);
  expect(seen[0]).not.toHaveProperty("requestId");
});

test("no text of an outcome has half a character in it, which no database of JSON would keep", () => {
  const half = /\p{Cs}/u;
  expect(half.test(fatal("long", `${"a".repeat(999)}😀`).message)).toBe(false);
  expect(fatal("broken", "a\ud83db").message).toBe("a\ufffdb");
  expect(() => denied("debt \ud83d")).toThrow(TypeError);
  expect(() => retained({ reason: "\ude00" })).toThrow(TypeError);
  expect(denied("долг 😀").reason).toBe("долг 😀");
});

const until2030 = new Date("2030-01-01T00:00:00Z");

test.each<[string, () => Promise<Outcome>, object]>([
  ["nothing found", async () => nothingFound(), { state: "deleted", outcome: "nothing_found" }],
  [
    "anonymized",
    async () => anonymized({ until: until2030, reason: "statistics" }),
    {
      state: "deleted",
      outcome: "anonymized",
      retained_until: "2030-01-01T00:00:00.000Z",
      reason: "statistics",
    },
  ],
  [
    "retained",
    async () => retained({ until: until2030, reason: "tax_law" }),
    {
      state: "deleted",
      outcome: "retained",
      retained_until: "2030-01-01T00:00:00.000Z",
      reason: "tax_law",
    },
  ],
  [
    "retained without an end",
    async () => retained({ reason: "tax_law" }),
    { state: "deleted", outcome: "retained", reason: "tax_law" },
  ],
  [
    "denied",
    async () => denied("debt"),
    { state: "delete_failed", error: { code: "delete_denied" }, reason: "debt", retriable: false },
  ],
  [
    "a fatal failure that is returned",
    async () => fatal("schema_changed", "The table is gone."),
    {
      state: "delete_failed",
      error: { code: "schema_changed", message: "The table is gone." },
      retriable: false,
    },
  ],
  [
    "a fatal failure that is thrown",
    async () => {
      throw fatal("schema_changed", "The table is gone.");
    },
    {
      state: "delete_failed",
      error: { code: "schema_changed", message: "The table is gone." },
      retriable: false,
    },
  ],
  [
    "any other thrown value",
    () => Promise.reject(new Error("deadlock on the rows of 4001")),
    { state: "delete_failed", error: { code: "delete_failed" }, retriable: true },
  ],
  [
    "a handler that forgot its outcome",
    async () => undefined as unknown as Outcome,
    { state: "delete_failed", error: { code: "delete_failed" }, retriable: true },
  ],
])("%s is reported as what it is", async (_, remove, body) => {
  await using running = await startService({ categories: [deletes("1", remove)] });
  await running.remove();
  expect(bodies(running)).toHaveLength(1);
  expect(bodies(running)[0]).toMatchObject(body);
  const told = JSON.stringify([bodies(running)[0]?.error, running.logged]);
  expect(namesIn(told, "4001")).toEqual([]);
});

test.each<[string, (request: DeleteRequest) => unknown, RegExp]>([
  ["gives nothing", async () => undefined, /^delete: give an outcome, .*not undefined$/],
  ["gives text", async () => "ok", /^delete: give an outcome, .*not string$/],
  ["gives a function that it forgot to call", async () => erased, /erased\(\), not function$/],
  [
    "retains until no date",
    async () => retained({ until: "4001" as never, reason: "tax" }),
    /^until: /,
  ],
  [
    "retains beyond all years that the hub knows",
    async () => retained({ until: new Date(8.64e15), reason: "tax" }),
    /^until: .*year 10000, or leave it out/,
  ],
  ["denies without a reason", async () => denied(undefined as never), /^reason: give a short code/],
  ["gives a code that is none", async () => fatal("Bad Code!", "uid 4001"), /^fatal: give a code/],
  ["notes what is no number", ({ progress }) => progress("4001" as never), /^progress: /],
])("a handler that %s is logged with what to give instead", async (_, remove, message) => {
  const held = deletes("1", remove as () => Promise<Outcome>);
  await using running = await startService({ categories: [held] });
  await running.remove();
  expect(running.logged).toMatchObject([
    {
      event: "delete_failed",
      category: "1",
      error: { name: "TypeError", message: expect.stringMatching(message) },
    },
  ]);
  expect(namesIn(JSON.stringify(running.logged), "4001")).toEqual([]);
});

test("a stranger's error is logged without its message, also one of wrong types", async () => {
  const held = deletes("1", () => Promise.reject(new TypeError("4001 is no function")));
  await using running = await startService({ categories: [held] });
  await running.remove();
  const { error } = running.logged[0] as { error: object };
  expect(error).toEqual({ name: "TypeError", at: expect.any(Array) });
  expect(namesIn(JSON.stringify(error), "4001")).toEqual([]);
});

test("a category the service does not hold is reported as nothing found", async () => {
  await using running = await startService({ categories: [] });
  expect((await running.remove({ categories: ["9"] })).status).toBe(200);
  expect(bodies(running)).toMatchObject([
    { category_id: "9", state: "deleted", outcome: "nothing_found" },
  ]);
});

test("one failing category leaves the others to end and be reported", async () => {
  const failing = deletes("2", () => Promise.reject(new Error("no")));
  await using running = await startService({
    categories: [deletes("1", async () => erased()), failing],
  });
  await running.remove({ categories: ["1", "2"] });
  const states = bodies(running).map(({ category_id: id, state }) => [id, state]);
  expect(states.sort()).toEqual([
    ["1", "deleted"],
    ["2", "delete_failed"],
  ]);
});

describe("repeats of a deletion", () => {
  test("a repeat while the work runs joins it: one run, a report for each call", async () => {
    const work = Promise.withResolvers<void>();
    let runs = 0;
    const held = deletes("1", async () => {
      runs += 1;
      await work.promise;
      return erased();
    });
    await using running = await startService({ categories: [held] });
    const answers = [
      running.remove(),
      running.remove({ attempt: 2 }),
      running.remove({ attempt: 3 }),
    ];
    await until("the work", () => runs > 0);
    work.resolve();
    for (const answer of await Promise.all(answers)) expect([200, 202]).toContain(answer.status);
    await until("the newest attempt's report", () =>
      bodies(running).some(({ attempt }) => attempt === 3),
    );
    expect(runs).toBe(1);
  });

  test("a repeat after the end runs nothing and is reported again", async () => {
    let runs = 0;
    const held = deletes("1", async () => {
      runs += 1;
      return retained({ reason: "tax_law" });
    });
    await using running = await startService({ categories: [held] });
    await running.remove();
    expect((await running.remove({ attempt: 2 })).status).toBe(200);
    const [first, second] = bodies(running);
    expect(second).toEqual({ ...first, attempt: 2 });
    expect(runs).toBe(1);
  });

  test("another deletion of the same user runs anew", async () => {
    const fences: string[] = [];
    const held = deletes("1", async ({ before }) => {
      fences.push(before.toISOString());
      return erased();
    });
    await using running = await startService({ categories: [held] });
    await running.remove();
    await running.remove({ deletion_id: "d-2", to: "2026-02-01T00:00:00.000Z" });
    expect(fences).toEqual([deleteBody.to, "2026-02-01T00:00:00.000Z"]);
  });

  test.each<[string, () => Promise<Outcome>]>([
    ["a failure", () => Promise.reject(new Error("no"))],
    ["a fatal failure", async () => fatal("broken", "Broken.")],
    ["a denial", async () => denied("debt")],
  ])("after %s a repeat runs again, never beyond the first fence", async (_, fail) => {
    const fences: string[] = [];
    const held = deletes("1", async ({ before }) => {
      fences.push(before.toISOString());
      return fences.length === 1 ? fail() : erased();
    });
    await using running = await startService({ categories: [held] });
    await running.remove();
    await running.remove({ attempt: 2, to: "2026-02-01T00:00:00.000Z" });
    expect(fences).toEqual([deleteBody.to, deleteBody.to]);
    expect(bodies(running)[1]).toMatchObject({ state: "deleted", attempt: 2, to: deleteBody.to });
  });

  test("a retry with the open categories alone runs and reports these alone", async () => {
    const runs: string[] = [];
    const held = ["1", "2"].map((id) =>
      deletes(id, async () => {
        runs.push(id);
        if (id === "2" && runs.length === 2) throw new Error("no");
        return erased();
      }),
    );
    await using running = await startService({ categories: held });
    await running.remove({ categories: ["1", "2"] });
    await running.remove({ categories: ["2"], attempt: 2 });
    expect(runs).toEqual(["1", "2", "2"]);
    expect(bodies(running).at(-1)).toMatchObject({
      category_id: "2",
      state: "deleted",
      attempt: 2,
    });
  });
});

describe("the answer", () => {
  test("comes in time although the work goes on, and the work is reported behind it", async () => {
    const work = Promise.withResolvers<void>();
    const slow = deletes("1", () => work.promise.then(erased));
    await using running = await startService({ answerWithinMs: 20, categories: [slow] });
    expect((await running.remove()).status).toBe(202);
    expect(running.hub.reports).toEqual([]);
    work.resolve();
    expect(await reported(running, 1)).toMatchObject([{ state: "deleted" }]);
  });

  test("does not wait for a hub that does not take the report, and the report is repeated behind it", async () => {
    await using running = await startService({
      answerWithinMs: 20,
      categories: [deletes("1", async () => erased())],
    });
    running.hub.always = problem(503, "unavailable");
    expect((await running.remove()).status).toBe(202);
    const refused = (await reported(running, 1)).length;
    running.hub.always = undefined;
    await reported(running, refused + 1);
    await running.service.close();
    expect(bodies(running).at(-1)).toMatchObject({ state: "deleted" });
    expect(running.logged).not.toContainEqual(expect.objectContaining({ event: "report_failed" }));
  });

  test("is 409 where every category was denied for the same reason", async () => {
    const held = ["1", "2"].map((id) => deletes(id, async () => denied("debt")));
    await using running = await startService({ categories: held });
    const answer = await running.remove({ categories: ["1", "2"] });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: "delete_denied", reason: "debt" });
    expect(running.hub.reports).toHaveLength(2);
  });

  test("is no denial where something was deleted: each category is reported for itself", async () => {
    const held = [deletes("1", async () => denied("debt")), deletes("2", async () => erased())];
    await using running = await startService({ categories: held });
    expect((await running.remove({ categories: ["1", "2"] })).status).toBe(200);
    expect(running.hub.reports).toHaveLength(2);
  });

  test("is 202 where the hub refused a report for good, and the log says so as an error", async () => {
    await using running = await startService({ categories: [deletes("1", async () => erased())] });
    running.hub.answers = [problem(403, "service_mismatch")];
    expect((await running.remove()).status).toBe(202);
    expect(reportFailures(running)).toEqual([
      {
        level: "error",
        event: "report_failed",
        reason: "service_mismatch",
        category: "1",
        deletionId: "d-1",
        attempt: 1,
        error: { name: "TakeoutApiError", code: "service_mismatch", at: expect.any(Array) },
      },
    ]);
  });

  test("is 202 where a newer deletion took its place, which is worth a note and no error", async () => {
    await using running = await startService({ categories: [deletes("1", async () => erased())] });
    running.hub.answers = [problem(409, "stale_deletion")];
    expect((await running.remove()).status).toBe(202);
    expect(reportFailures(running)).toEqual([overtaken]);
  });
});

const reportFailures = ({ logged }: RunningService) =>
  logged.filter((entry) => (entry as { event: string }).event === "report_failed");

const overtaken = {
  level: "info",
  event: "report_failed",
  reason: "stale_deletion",
  category: "1",
  deletionId: "d-1",
  attempt: 1,
};

describe("a service that answers for itself (completion: answer)", () => {
  const start = (...held: ReturnType<typeof deletes>[]) =>
    startService({ completion: "answer", answerWithinMs: 1_000, categories: held });

  test.each<[string, () => Promise<Outcome>, number, object]>([
    ["done", async () => erased(), 200, { outcome: "erased" }],
    [
      "kept by law",
      async () => retained({ until: until2030, reason: "tax_law" }),
      200,
      { outcome: "retained", retained_until: "2030-01-01T00:00:00.000Z", reason: "tax_law" },
    ],
    ["denied", async () => denied("debt"), 409, { code: "delete_denied", reason: "debt" }],
    ["failed for good", async () => fatal("broken", "Broken."), 422, { code: "broken" }],
    ["failed", () => Promise.reject(new Error("no")), 500, { code: "internal_error" }],
  ])(
    "says what all categories came to and reports nothing: %s",
    async (_, remove, status, body) => {
      await using running = await start(deletes("1", remove), deletes("2", remove));
      const answer = await running.remove({ categories: ["1", "2"] });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject(body);
      expect(running.hub.reports).toEqual([]);
    },
  );

  test("promises reports where categories ended differently", async () => {
    await using running = await start(
      deletes("1", async () => erased()),
      deletes("2", () => Promise.reject(new Error("no"))),
    );
    expect((await running.remove({ categories: ["1", "2"] })).status).toBe(202);
    expect(await reported(running, 2)).toHaveLength(2);
  });

  test("tells apart what stays for different reasons", async () => {
    await using running = await start(
      deletes("1", async () => retained({ reason: "tax_law" })),
      deletes("2", async () => retained({ reason: "fraud" })),
    );
    expect((await running.remove({ categories: ["1", "2"] })).status).toBe(202);
    expect((await reported(running, 2)).map(({ reason }) => reason).sort()).toEqual([
      "fraud",
      "tax_law",
    ]);
  });

  test("promises a report where the work takes longer than an answer may", async () => {
    const work = Promise.withResolvers<void>();
    await using running = await startService({
      completion: "answer",
      answerWithinMs: 20,
      categories: [deletes("1", () => work.promise.then(erased))],
    });
    expect((await running.remove()).status).toBe(202);
    work.resolve();
    expect(await reported(running, 1)).toMatchObject([{ state: "deleted" }]);
  });
});

describe("while the hub takes no reports", () => {
  test("a newer attempt's report takes the place of the older one's repeats", async () => {
    await using running = await startService({
      answerWithinMs: 0,
      categories: [deletes("1", async () => erased())],
    });
    running.hub.always = problem(503, "unavailable");
    await running.remove();
    await reported(running, 2);
    await running.remove({ attempt: 2 });
    const isNewer = ({ attempt }: Record<string, unknown>) => attempt === 2;
    await until("the newer report", () => bodies(running).some(isNewer));
    const from = bodies(running).findIndex(isNewer);
    await reported(running, from + 10);
    running.hub.always = undefined;
    await running.service.close();
    // The older attempt may still have been on its way once.
    expect(
      bodies(running)
        .slice(from + 1)
        .filter((body) => !isNewer(body)).length,
    ).toBeLessThan(2);
  });
});

describe("closing", () => {
  test("waits for work whose call is still to be answered", async () => {
    const work = Promise.withResolvers<void>();
    let isDone = false;
    const held = deletes("1", async () => {
      await work.promise;
      isDone = true;
      return erased();
    });
    await using running = await startService({ completion: "answer", categories: [held] });
    const answer = running.remove();
    await until("the work", async () =>
      (await (await running.status()).text()).includes("progress"),
    );
    const closed = running.service.close().then(() => isDone);
    setImmediate(work.resolve);
    expect(await closed).toBe(true);
    expect((await answer).status).toBe(200);
  });

  test("waits for running work and its report, and takes no new call meanwhile", async () => {
    const work = Promise.withResolvers<void>();
    const held = deletes("1", () => work.promise.then(erased));
    await using running = await startService({ answerWithinMs: 0, categories: [held] });
    await running.remove();
    const closed = running.service.close();
    const refused = await running.remove({ deletion_id: "d-2" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    work.resolve();
    await closed;
    expect(bodies(running)).toMatchObject([{ deletion_id: "d-1", state: "deleted" }]);
  });

  test("tells work that takes too long to stop, and reports nothing of it", async () => {
    const signals: AbortSignal[] = [];
    const held = deletes("1", ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await using running = await startService({ answerWithinMs: 0, categories: [held] });
    await running.remove();
    await running.service.close({ withinMs: 0 });
    expect(signals[0]?.aborted).toBe(true);
    expect(running.hub.reports).toEqual([]);
  });

  test("ends although the hub takes no reports", async () => {
    await using running = await startService({
      answerWithinMs: 0,
      categories: [deletes("1", async () => erased())],
    });
    running.hub.always = problem(503, "unavailable");
    await running.remove();
    await running.service.close({ withinMs: 0 });
    await running.service.close();
  });
});
