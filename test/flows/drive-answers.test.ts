import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGates } from "../../src/connected/gates.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub, type TestHubOptions } from "../support/hub.ts";
import { deletionOf, partOf } from "../support/ledger-rows.ts";
import { listenAnywhere } from "../support/ports.ts";

/** The table of answers of contract 7, row by row, over real HTTP. */

/** So long that nothing is tried again while a test looks. */
const backoff = { firstMs: 60_000, maxMs: 600_000 };

const services = ["reporting", "answering"].map((name) => ({ name, concurrency: 16 }));
let reporting: FakeService;
let answering: FakeService;
let hub: TestHub;

beforeAll(async () => {
  reporting = await startFakeService("reporting");
  answering = await startFakeService("answering");
  hub = await createTestHub({
    services: [
      [reporting, { categories: ["1"], backoff }],
      [answering, { categories: ["2"], completion: "answer", backoff }],
    ],
    // Answer after answer of the same two services: their breakers are not to open by it.
    overrides: { random: () => 0.5, gates: { ...createGates(services), note: () => false } },
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await reporting[Symbol.asyncDispose]();
  await answering[Symbol.asyncDispose]();
});

let users = 5_000;

/** A new user's part after one call was answered so. */
async function answered(by: FakeService, answer: Answer) {
  by.onDelete = () => answer;
  users += 1;
  await hub.remove(String(users), "r", [by === reporting ? "1" : "2"]);
  await hub.drain();
  return { part: await partOf(hub, String(users)), deletion: await deletionOf(hub, String(users)) };
}

const both = ["reporting", "answering"] as const;
const serviceOf = (name: (typeof both)[number]) => (name === "reporting" ? reporting : answering);
const padding = "x".repeat(1 << 20);
const tooLarge = JSON.stringify({ outcome: "erased", padding });
const tooLargeDenial = JSON.stringify({ code: "delete_denied", reason: "debt", padding });

describe("a service that reports (`completion: report`)", () => {
  test.each<[string, Answer]>([
    ["nothing", { status: 200 }],
    ["what is no JSON", { status: 200, body: "<html>done</html>" }],
    ["what looks like a failure", { status: 200, body: { outcome: "exploded" } }],
    ["more than is ever read", { status: 200, body: tooLarge }],
  ])("200 with %s is accepted: the body is not read, only a report closes", async (_, answer) => {
    const { part, deletion } = await answered(reporting, answer);
    expect(part).toMatchObject({ state: "accepted", failures: 0, attempt: 1, is_leased: false });
    expect(deletion).toMatchObject({ closed_at: null, is_sealed: true });
  });
});

describe("a service that answers (`completion: answer`)", () => {
  test.each<[string, Answer, object]>([
    ["an empty body", { status: 200 }, { outcome: "erased", reason: null }],
    ["an empty object", { status: 200, body: {} }, { outcome: "erased" }],
    [
      "its outcome",
      { status: 200, body: { outcome: "nothing_found" } },
      { outcome: "nothing_found" },
    ],
    [
      "what it keeps, and fields of a newer service",
      { status: 200, body: { outcome: "anonymized", reason: "tax_law", since: "later" } },
      { outcome: "anonymized", reason: "tax_law" },
    ],
  ])("200 with %s closes the part as deleted", async (_, answer, expected) => {
    const { part, deletion } = await answered(answering, answer);
    expect(part).toMatchObject({ state: "deleted", failures: 0, error_code: null, ...expected });
    expect(deletion).toMatchObject({ closed_at: expect.anything(), is_sealed: false });
  });

  test.each<[string, Answer, string]>([
    ["what is no JSON", { status: 200, body: "<html>done</html>" }, "unreadable"],
    ["an outcome that nobody knows", { status: 200, body: { outcome: "exploded" } }, "unreadable"],
    ["a list", { status: 200, body: [] }, "unreadable"],
    ["more than is ever read", { status: 200, body: tooLarge }, "too_large"],
  ])("200 with %s is a failed attempt", async (_, answer, code) => {
    const { part } = await answered(answering, answer);
    expect(part).toMatchObject({ state: "due", failures: 1, error_code: code });
  });
});

describe.each(both)("in either mode (%s)", (name) => {
  test("202 is accepted: a report closes the part", async () => {
    const { part } = await answered(serviceOf(name), { status: 202, body: "whatever" });
    expect(part).toMatchObject({ state: "accepted", failures: 0 });
    expect(part.due_in_ms).toBeGreaterThan(3_500_000);
  });

  test("409 `delete_denied` ends the part and keeps the reason", async () => {
    const denial = { status: 409, body: { code: "delete_denied", reason: "debt" } };
    const { part, deletion } = await answered(serviceOf(name), denial);
    expect(part).toMatchObject({
      state: "delete_failed",
      error_code: "delete_denied",
      reason: "debt",
      attempt: 1,
    });
    // What failed may be tried again by an operator, and needs to know whom.
    expect(deletion).toMatchObject({
      closed_at: expect.anything(),
      is_sealed: true,
      is_to_be_destroyed: true,
    });
  });

  test.each<[string, Answer]>([
    ["409 with another code", { status: 409, body: { code: "conflict" } }],
    ["409 without a body", { status: 409 }],
    ["409 with garbage", { status: 409, body: "<html>" }],
    ["409 with more than is ever read", { status: 409, body: tooLargeDenial }],
    [
      "409 with more than is ever read, its length untold",
      { status: 409, body: tooLargeDenial, headers: { "transfer-encoding": "chunked" } },
    ],
    ...[400, 401, 403, 404, 410, 413, 422, 451].map((status): [string, Answer] => [
      String(status),
      { status, body: { code: "delete_denied", reason: "debt" } },
    ]),
  ])("%s ends the part at once, without a reason to show", async (_, answer) => {
    const { part } = await answered(serviceOf(name), answer);
    expect(part).toMatchObject({
      state: "delete_failed",
      error_code: `http_${answer.status}`,
      reason: null,
      attempt: 1,
    });
  });

  test.each([301, 302, 303, 307, 308])("%i ends the part, and is not followed", async (status) => {
    const service = serviceOf(name);
    const location = `${service.url}/elsewhere`;
    const { part } = await answered(service, { status, headers: { location } });
    expect(part).toMatchObject({ state: "delete_failed", error_code: `http_${status}` });
    expect(service.calls.filter(({ path }) => path === "/elsewhere")).toEqual([]);
  });

  test.each([408, 425, 429, 500, 502, 503, 504, 201, 203, 204, 206])(
    "%i is a failed attempt, tried again after a backoff",
    async (status) => {
      const { part, deletion } = await answered(serviceOf(name), { status });
      expect(part).toMatchObject({
        state: "due",
        failures: 1,
        attempt: 1,
        error_code: `http_${status}`,
        is_leased: false,
      });
      expect(part.due_in_ms).toBeGreaterThan(0);
      expect(part.due_in_ms).toBeLessThanOrEqual(30_000);
      expect(deletion.closed_at).toBeNull();
    },
  );
});

describe("no answer at all is a failed attempt", () => {
  test("a service that does not answer in time", async () => {
    await using sleepy = await startFakeService("sleepy");
    sleepy.onDelete = () => new Promise(() => {});
    const timeout = { statusMs: 100, deleteMs: 100, exportMs: 100 };
    expect(await failureOf([sleepy, { timeout }])).toBe("timeout");
  });

  test.each([200, 409])(
    "a service that answers %i and never ends its body, where the body counts",
    async (status) => {
      const raw = await listenAnywhere();
      raw.server.on("connection", (socket) =>
        socket.on("error", () => {}).write(begunAnswer(status)),
      );
      await using endless = await startFakeService("endless");
      const url = `http://127.0.0.1:${raw.port}`;
      const timeout = { statusMs: 100, deleteMs: 100, exportMs: 100 };
      const code = await failureOf([
        { ...endless, url },
        { timeout, completion: "answer" },
      ]);
      raw.server.close();
      expect(code).toBe("timeout");
    },
  );

  test("a service that hangs up in the middle of a denial", async () => {
    const raw = await listenAnywhere();
    raw.server.on("connection", (socket) => socket.on("error", () => {}).end(begunAnswer(409)));
    await using cut = await startFakeService("cut");
    const code = await failureOf([{ ...cut, url: `http://127.0.0.1:${raw.port}` }]);
    raw.server.close();
    expect(code).toBe("no_connection");
  });

  test("a service that nobody listens for", async () => {
    const absent = await startFakeService("absent");
    await absent[Symbol.asyncDispose]();
    expect(await failureOf([absent])).toBe("no_connection");
  });

  test("a service that hangs up", async () => {
    const raw = await listenAnywhere();
    raw.server.on("connection", (socket) => socket.destroy());
    await using rude = await startFakeService("rude");
    const code = await failureOf([{ ...rude, url: `http://127.0.0.1:${raw.port}` }]);
    raw.server.close();
    expect(code).toBe("no_connection");
  });

  test("a service that does not speak HTTP", async () => {
    const raw = await listenAnywhere();
    raw.server.on("connection", (socket) => socket.on("error", () => {}).end("220 smtp ready\r\n"));
    await using other = await startFakeService("other");
    const code = await failureOf([{ ...other, url: `http://127.0.0.1:${raw.port}` }]);
    raw.server.close();
    expect(["unreadable", "no_connection"]).toContain(code);
  });

  const begunAnswer = (status: number) => `HTTP/1.1 ${status} So\r\ncontent-length: 99\r\n\r\n{`;

  async function failureOf([service, rules]: TestHubOptions["services"][number]) {
    await using own = await createTestHub({
      services: [[service, { backoff, ...rules }]],
      overrides: { random: () => 0.5 },
    });
    await own.remove("1", "r", ["1"]);
    await own.drain();
    const part = await partOf(own, "1");
    expect(part).toMatchObject({ state: "due", failures: 1, is_leased: false });
    return part.error_code;
  }
});
