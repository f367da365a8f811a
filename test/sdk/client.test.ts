import {
  createTakeoutClient,
  isTakeoutApiError,
  isTakeoutNetworkError,
  isTakeoutResponseError,
  isTakeoutSdkError,
  type TakeoutClientOptions,
} from "takeout-sdk";
import { createTicketVerifier } from "takeout-sdk/tickets";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Attempt,
  type RetryOptions,
  retryPolicyOf,
  retryUntilDone,
} from "../../sdk/src/client/retry.ts";
import { createUploader } from "../../sdk/src/client/upload.ts";
import { systemClock } from "../../sdk/src/clock.ts";
import { TakeoutNetworkError } from "../../sdk/src/errors.ts";
import { namesIn } from "../support/naming.ts";
import { createClient, type TestClient } from "../support/tickets.ts";
import { type FakeHub, problem, startFakeHub } from "./fake-hub.ts";

let hub: FakeHub;
let realty: TestClient;
beforeEach(async () => {
  [hub, realty] = [await startFakeHub(), await createClient("realty")];
});
afterEach(async () => {
  vi.useRealTimers();
  await hub[Symbol.asyncDispose]();
});

const report = { yandex_uid: "4001", category_id: "1", state: "deleted" } as const;

function client(more: Partial<TakeoutClientOptions> = {}) {
  return createTakeoutClient({
    service: "realty",
    signingKey: realty.privateJwk,
    hub: { url: hub.url, client: "takeout" },
    retry: { firstMs: 1, maxMs: 1 },
    ...more,
  });
}

/** The error a report ends with. */
async function failureOf(sent: Promise<void>) {
  const error = await sent.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isTakeoutSdkError(error)) throw new Error("no error of this package", { cause: error });
  return error;
}

test("a report reaches the hub with the service's name and its ticket", async () => {
  await client().setDataStatus({ ...report, deletion_id: "d-1", attempt: 2 });
  const [{ body, headers } = { body: {}, headers: {} }] = hub.reports;
  expect(body).toEqual({ ...report, service: "realty", deletion_id: "d-1", attempt: 2 });
  const ticket = String(headers["x-ya-service-ticket"]);
  const keys = async () => Response.json(realty.jwks);
  const check = { service: "takeout", hub: { url: hub.url, client: "realty" }, fetch: keys };
  expect(await createTicketVerifier(check).verify(ticket)).toMatchObject({ kind: "valid" });
});

test.each([408, 425, 429, 500, 502, 503, 302, 204])(
  "after %i the report is sent again until 200",
  async (status) => {
    hub.answers = [
      { status, ...(status === 204 ? { body: "" } : {}) },
      problem(503, "unavailable"),
    ];
    await client().setDataStatus(report);
    expect(hub.reports).toHaveLength(3);
  },
);

test("a file of which nothing can be made is not uploaded, and the error says what to give", async () => {
  const upload = { uploadUrl: `${hub.url}/takeout/exports/j-1/files/`, name: "a" };
  for (const content of [Promise.resolve("a"), new Uint16Array(1)]) {
    const sent = client().uploadExportFile({ ...upload, content: content as never });
    const wanted = { name: "TypeError", message: expect.stringMatching(/^content: give text/) };
    await expect(sent).rejects.toMatchObject(wanted);
  }
});

test("a large file is read for its digest as long as that gets on, whatever it takes in all", async () => {
  const stallMs = 300;
  class SlowFile extends Blob {
    override stream() {
      return ReadableStream.from(slowly());
    }
  }
  async function* slowly() {
    for (let at = 0; at < 12; at++) {
      await new Promise((resolve) => setTimeout(resolve, stallMs / 6));
      yield new Uint8Array([at]);
    }
  }
  const upload = createUploader({
    url: hub.url,
    stallMs,
    ticket: async () => "ticket",
    fetch: async (input, init) => {
      await new Request(input, init).arrayBuffer();
      return Response.json({});
    },
  });
  const uploadUrl = `${hub.url}/takeout/exports/j-1/files/`;
  const sent = await upload({ uploadUrl, name: "a", content: new SlowFile([]) }, {}, undefined);
  expect(sent).toMatchObject({ kind: "done", file: { sha256: expect.any(String) } });
});

test("a redirect is not followed", async () => {
  await using other = await startFakeHub();
  const location = `${other.url}/takeout/set_data_status`;
  hub.answers = [{ status: 307, headers: { location } }];
  await client().setDataStatus(report);
  expect(other.reports).toEqual([]);
});

test("a faulty body of a 200 is no reason to report again", async () => {
  hub.answers = [{ status: 200, body: "<html>" }];
  await client().setDataStatus(report);
  expect(hub.reports).toHaveLength(1);
});

test.each([
  [400, "bad_request"],
  [401, "service_ticket_invalid"],
  [403, "service_mismatch"],
  [409, "stale_deletion"],
  [413, "body_too_large"],
])("a refusal with %i is final and bears the hub's code", async (status, code) => {
  hub.answers = [problem(status, code)];
  const error = await failureOf(client().setDataStatus(report));
  expect(isTakeoutApiError(error)).toBe(true);
  expect(error).toMatchObject({ code, status, retryable: false, requestId: "call-1" });
  expect(hub.reports).toHaveLength(1);
});

test("a refusal of a malformed request says which fields, and only what can be understood of it", async () => {
  const errors = [
    { pointer: "/state", detail: "must be one of the allowed values", value: "4001" },
    { pointer: "", detail: "must be object" },
    { pointer: "/a\n", detail: "is malformed" },
    { pointer: "/a", detail: "x".repeat(257) },
    { pointer: 4001, detail: "is malformed" },
    { pointer: "/a" },
    "4001",
    null,
  ];
  const { body, ...answer } = problem(400, "bad_request");
  hub.answers = [{ ...answer, body: JSON.stringify({ ...JSON.parse(body), errors }) }];
  const error = await failureOf(client().setDataStatus(report));
  expect(error.message).toBe(
    "the hub refused: bad_request (/state must be one of the allowed values, the body must be object)",
  );
  expect(isTakeoutApiError(error) && error.errors).toEqual([
    { pointer: "/state", detail: "must be one of the allowed values" },
    { pointer: "", detail: "must be object" },
  ]);
});

test("a refusal without reasons, or with too many, is a refusal all the same", async () => {
  const { body, ...answer } = problem(400, "bad_request");
  const fault = { pointer: "/a", detail: "is malformed" };
  for (const [errors, count] of [
    [undefined, 0],
    [{ pointer: "/a" }, 0],
    [Array(21).fill(fault), 20],
  ] as const) {
    hub.answers = [{ ...answer, body: JSON.stringify({ ...JSON.parse(body), errors }) }];
    const error = await failureOf(client().setDataStatus(report));
    expect(isTakeoutApiError(error) && error.errors).toEqual(Array(count).fill(fault));
  }
});

test("a 4xx of something that is no hub is final and unreadable", async () => {
  hub.answers = [{ status: 404, body: "<h1>nginx</h1>" }];
  const error = await failureOf(client().setDataStatus(report));
  expect(isTakeoutResponseError(error)).toBe(true);
  expect(error).toMatchObject({ code: "unreadable_answer", status: 404, retryable: false });
});

describe("when the time is up, the last failure is thrown:", () => {
  const retry = { giveUpAfterMs: 0 };

  test("no connection", async () => {
    const error = await failureOf(
      client({ retry, hub: { url: "http://127.0.0.1:1", client: "takeout" } }).setDataStatus(
        report,
      ),
    );
    expect(isTakeoutNetworkError(error)).toBe(true);
    expect(error).toMatchObject({ code: "no_connection", retryable: true });
  });

  test("no answer in time", async () => {
    hub.answers = [null];
    const error = await failureOf(client({ retry, timeoutMs: 20 }).setDataStatus(report));
    expect(isTakeoutNetworkError(error)).toBe(true);
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });

  test("too long an answer", async () => {
    hub.answers = [{ status: 503, body: "x".repeat(100_000) }];
    const error = await failureOf(client({ retry }).setDataStatus(report));
    expect(error.retryable).toBe(true);
  });
});

test("no error bears the user, an identifier or the ticket", async () => {
  hub.answers = [problem(400, "bad_request")];
  const error = await failureOf(client().setDataStatus(report));
  const told = JSON.stringify([error, error.message, error.stack]);
  expect(namesIn(told, "4001")).toEqual([]);
  expect(told).not.toContain(String(hub.reports[0]?.headers["x-ya-service-ticket"]));
});

test("an abort ends the repeats with the caller's reason", async () => {
  hub.always = problem(503, "unavailable");
  const stop = new AbortController();
  const sent = client().setDataStatus(report, { signal: stop.signal });
  const reason = new Error("enough");
  stop.abort(reason);
  await expect(sent).rejects.toBe(reason);
});

test("guards hold for errors of another copy of the package", () => {
  const foreign = Object.assign(new Error("no answer"), { name: "TakeoutNetworkError" });
  expect(isTakeoutNetworkError(foreign)).toBe(true);
  expect(isTakeoutSdkError(foreign)).toBe(true);
  expect(isTakeoutApiError(foreign)).toBe(false);
});

test.each<[string, Partial<TakeoutClientOptions>]>([
  ["no name", { service: "" }],
  ["no key", { signingKey: undefined }],
  ["no hub", { hub: { url: undefined, client: "takeout" } }],
  ["a hub that is no http", { hub: { url: "ftp://hub.example", client: "takeout" } }],
  ["no name of the hub", { hub: { url: "https://hub.example", client: "" } }],
  ["a time that is no whole number", { timeoutMs: 0.5 }],
])("%s throws TypeError at once", (_, wrong) => {
  expect(() => client(wrong)).toThrow(TypeError);
});

describe("under a clock that the test holds", () => {
  const failed = (retryAfterMs: number) => ({
    kind: "failed" as const,
    error: new TakeoutNetworkError("no answer", { code: "no_connection", retryable: true }),
    retryAfterMs,
  });

  const repeat = (attempt: () => Promise<Attempt>, options: RetryOptions = {}) =>
    retryUntilDone({ attempt, policy: retryPolicyOf(options), clock: systemClock });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  });

  test("Retry-After is waited for, up to the longest pause", async () => {
    const attempt = vi.fn(async () => failed(20_000));
    attempt.mockImplementationOnce(async () => failed(7_000));
    const sent = repeat(attempt, { firstMs: 1, maxMs: 10_000 }).catch(() => {});
    await vi.advanceTimersByTimeAsync(6_999);
    expect(attempt).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempt).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(attempt).toHaveBeenCalledTimes(3);
    await vi.runAllTimersAsync();
    await sent;
  });

  test("repeats go on for 24 hours, never more than 5 minutes apart", async () => {
    let last = Date.now();
    let longest = 0;
    const attempt = async () => {
      longest = Math.max(longest, Date.now() - last);
      last = Date.now();
      return failed(0);
    };
    const startedAt = last;
    const sent = expect(repeat(attempt)).rejects.toThrow("no answer");
    await vi.runAllTimersAsync();
    await sent;
    expect(longest).toBeLessThanOrEqual(5 * 60_000 + 1);
    expect(last - startedAt).toBeGreaterThan(24 * 60 * 60_000 - 5 * 60_000 - 1);
    expect(last - startedAt).toBeLessThanOrEqual(24 * 60 * 60_000);
  });
});
