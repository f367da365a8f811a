import fc from "fast-check";
import { category, denied, erased, fatal, nothingFound, type Outcome } from "takeout-sdk/service";
import { createMemoryStore } from "takeout-sdk/testing";
import { expect, test } from "vitest";
import { createTracingClient } from "../../sdk/src/client/client.ts";
import { createPairs } from "../../sdk/src/service/pairs.ts";
import { createReports, reportOf } from "../../sdk/src/service/reports.ts";
import { until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";
import { problem, startFakeHub } from "./fake-hub.ts";
import { startService } from "./running-service.ts";

const outcomes: Record<string, () => Promise<Outcome>> = {
  erased: async () => erased(),
  nothing: async () => nothingFound(),
  denied: async () => denied("debt"),
  fatal: async () => fatal("broken", "Broken."),
  throws: () => Promise.reject(new Error("no")),
  undefined: async () => undefined as unknown as Outcome,
};

test("whatever the handlers and the hub do, every category asked for is reported with that call's attempt", async () => {
  const plan = fc.record({
    held: fc.dictionary(
      fc.constantFrom("1", "2", "3", "4"),
      fc.constantFrom(...Object.keys(outcomes)),
      { noNullPrototype: true },
    ),
    calls: fc.array(fc.uniqueArray(fc.constantFrom("1", "2", "3", "4", "9"), { minLength: 1 }), {
      minLength: 1,
      maxLength: 3,
    }),
    hub: fc.array(fc.constantFrom(500, 503, 429, 302), { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ held, calls, hub }) => {
      await using running = await startService({
        categories: Object.entries(held).map(([id, kind]) =>
          category(id, {
            status: async () => "empty",
            delete: () => outcomes[kind]?.() ?? Promise.reject(),
          }),
        ),
      });
      running.hub.answers = hub.map((status) => ({ status }));
      for (const [at, categories] of calls.entries()) {
        await running.remove({ categories, attempt: at + 1 });
        const seen = running.hub.reports.filter(({ body }) => body.attempt === at + 1);
        expect(new Set(seen.map(({ body }) => body.category_id))).toEqual(new Set(categories));
      }
    }),
    { numRuns: 40 },
  );
});

test("calls beyond what a service can hold are put off, and start nothing", async () => {
  const work = Promise.withResolvers<void>();
  let runs = 0;
  const held = category("1", {
    status: async () => "empty",
    delete: async () => {
      runs += 1;
      await work.promise;
      return erased();
    },
  });
  await using running = await startService({ answerWithinMs: 0, categories: [held] });
  for (let call = 0; call < 1_000; call += 1) await running.remove({ deletion_id: `d-${call}` });
  const late = await running.remove({ deletion_id: "d-late" });
  expect([late.status, late.headers.get("retry-after"), runs]).toEqual([503, "1", 1_000]);
  work.resolve();
  await until(
    "room again",
    async () => (await running.remove({ deletion_id: "d-late" })).status < 500,
  );
});

test("calls beyond what can be reported are put off while the hub takes no reports", async () => {
  const gate = Promise.withResolvers<void>();
  await using running = await startService({
    answerWithinMs: 0,
    categories: [],
    fetch: async (input, init) => {
      const { method } = input as Request;
      if (method === "GET") return globalThis.fetch(input, init);
      await gate.promise;
      return Response.json({});
    },
  });
  const categories = Array.from({ length: 100 }, (_, at) => `${at}`);
  for (let call = 0; call < 100; call += 1) {
    expect((await running.remove({ deletion_id: `d-${call}`, categories })).status).toBe(202);
  }
  const late = await running.remove({ deletion_id: "d-late" });
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
  gate.resolve();
  await until(
    "room again",
    async () => (await running.remove({ deletion_id: "d-late" })).status < 500,
  );
});

test("a store in memory takes no more than it can hold, until some of it is over", async () => {
  const store = createMemoryStore();
  const work = { body: {}, users: [], lane: "run" } as const;
  const add = (key: string) => store.change([key], () => ({ ...work, wakeInMs: 0 }));
  for (let at = 0; at < 10_000; at += 1) await add(`realty: ${at}`);
  await expect(add("realty: late")).rejects.toThrow("no room");
  await add("realty: 7");
  await store.change(["realty: 7"], () => ({ ...work, wakeInMs: null }));
  await add("realty: late");
});

test("the memory of finished pairs is bounded: the one unused for longest is forgotten", async () => {
  const ran: string[] = [];
  const pairs = createPairs({ running: 10, remembered: 2 });
  const run = (key: string) =>
    pairs.join({
      key,
      category: "1",
      uids: ["4001"],
      before: new Date(0),
      work: async () => {
        ran.push(key);
        return erased();
      },
    });
  for (const key of ["a", "b", "a", "c", "a", "b"]) await run(key);
  expect(ran).toEqual(["a", "b", "c", "b"]);
});

test.each<[string, "erased" | "failed", "erased" | "failed", number, string]>([
  ["a failure of a forgotten pair that ran again", "erased", "failed", 2, "deleted 1"],
  ["a failure of an older attempt", "failed", "failed", 0, "delete_failed 1"],
  ["a success of an older attempt", "erased", "erased", 0, "deleted 1"],
])("%s does not replace the report under way", async (_, first, second, attempt, kept) => {
  await using hub = await startFakeHub();
  const { privateJwk } = await createClient("realty");
  const client = createTracingClient({
    service: "realty",
    signingKey: privateJwk,
    hub: { url: hub.url, client: "takeout" },
    retry: { firstMs: 1, maxMs: 1 },
  });
  const reports = createReports(client, () => {});
  const send = (kind: "erased" | "failed", attempt: number) => {
    const subject = { reportUid: "4001", category: "1", deletionId: "d-1", attempt };
    const finished = { result: { kind }, before: new Date(0), completedAt: new Date(0) };
    return reports.send({ key: "d-1\n1", body: reportOf(subject, finished), trace: {} });
  };
  hub.always = problem(503, "unavailable");
  const sent = [send(first, 1)];
  await until("a report on its way", () => hub.reports.length > 0);
  sent.push(send(second, attempt));
  hub.always = undefined;
  expect(await Promise.all(sent)).toEqual([true, true]);
  const told = hub.reports.map(({ body }) => `${body.state} ${body.attempt}`);
  expect(new Set(told)).toEqual(new Set([kept]));
});
