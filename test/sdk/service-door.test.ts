import { category, createTakeoutService, erased } from "takeout-sdk/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../support/tickets.ts";
import {
  deleteBody,
  exportBodyOf,
  type RunningService,
  startService,
  user,
} from "./running-service.ts";

const handlers = { status: async () => "empty" as const, delete: async () => erased() };
let calls = 0;
let running: RunningService;
beforeAll(async () => {
  const held = category("1", {
    status: async () => {
      calls += 1;
      return "ready_to_delete";
    },
    delete: async () => {
      calls += 1;
      return erased();
    },
  });
  running = await startService({ categories: [held] });
});
afterAll(() => running[Symbol.asyncDispose]());

/** Good for every path: fields that one does not know are ignored. */
const anyBody = () => ({ ...exportBodyOf(running.hub), ...deleteBody });
const paths = ["/v1/takeout/status/", "/v1/takeout/delete/", "/v1/takeout/export/"];

async function expectProblem(answer: Response, status: number, code: string) {
  const requestId = answer.headers.get("x-request-id");
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ status, code, request_id: requestId });
  expect(answer.status).toBe(status);
}

test.each(paths)("%s answers with and without the trailing slash", async (path) => {
  for (const at of [path, path.slice(0, -1)]) {
    expect((await running.post(at, anyBody())).status).toBe(200);
  }
});

test("a service without anything to export says so", async () => {
  const answer = await running.post("/v1/takeout/export/", exportBodyOf(running.hub));
  expect(await answer.json()).toEqual({ status: "no_data" });
});

test("its health is open to everybody", async () => {
  const answer = await running.service.fetch(new Request("http://realty.example/health/live"));
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
});

test("another path is not found, another method is told which one is meant", async () => {
  await expectProblem(await running.post("/v1/takeout/rows/", {}), 404, "not_found");
  const answer = await running.service.fetch(new Request(`http://realty.example${paths[0]}`));
  expect(answer.headers.get("allow")).toBe("POST");
  await expectProblem(answer, 405, "method_not_allowed");
});

describe.each(paths)("%s", (path) => {
  test("without the hub's ticket does nothing", async () => {
    const before = calls;
    const missing = await running.post(path, deleteBody, { "x-ya-service-ticket": "" });
    await expectProblem(missing, 401, "service_ticket_missing");
    const forged = await (await createClient("takeout")).serviceTicket("realty");
    const invalid = await running.post(path, deleteBody, { "x-ya-service-ticket": forged });
    await expectProblem(invalid, 401, "service_ticket_invalid");
    expect(calls).toBe(before);
    expect(running.logged).toContainEqual(expect.objectContaining({ event: "ticket_refused" }));
  });

  test("takes JSON only", async () => {
    const answer = await running.post(path, deleteBody, { "content-type": "text/plain" });
    await expectProblem(answer, 415, "unsupported_media_type");
    await expectProblem(await running.post(path, "{"), 400, "bad_request");
    await expectProblem(await running.post(path, "[]"), 400, "bad_request");
    await expectProblem(await running.post(path, "[".repeat(100_000)), 400, "bad_request");
  });

  test("takes a body of 1 MiB and no longer one", async () => {
    const filled = (size: number) => {
      const empty = JSON.stringify({ ...anyBody(), filler: "" });
      return JSON.stringify({ ...anyBody(), filler: "x".repeat(size - empty.length) });
    };
    expect((await running.post(path, filled(1024 * 1024))).status).toBe(200);
    await expectProblem(await running.post(path, filled(1024 * 1024 + 1)), 413, "body_too_large");
  });
});

test.each<[string, object]>([
  ["/yandex_uids", { yandex_uids: undefined }],
  ["/yandex_uids", { yandex_uids: [] }],
  ["/yandex_uids/1", { yandex_uids: [...user.yandex_uids, { uid: 4001 }] }],
  ["/yandex_uids/0", { yandex_uids: [null] }],
  ["/yandex_uids", { yandex_uids: Array(1_001).fill(user.yandex_uids[0]) }],
  ["/user_ids", { user_ids: "5f0c" }],
  ["/phone_ids/0", { phone_ids: [""] }],
  ["/personal_phone_ids/0", { personal_phone_ids: ["a\0"] }],
  ["/personal_email_ids", { personal_email_ids: Array(1_001).fill("a") }],
  ["/categories", { categories: [] }],
  ["/categories/0", { categories: ["with space"] }],
  ["/categories", { categories: Array(101).fill("1") }],
  ["/request_id", { request_id: 7 }],
  ["/deletion_id", { deletion_id: "" }],
  ["/report_uid", { report_uid: "007" }],
  ["/to", { to: "yesterday" }],
  ["/to", { to: "2026-13-01T00:00:00Z" }],
  ["/attempt", { attempt: "1" }],
])("a malformed %s is refused with its place and starts nothing", async (pointer, wrong) => {
  const before = calls;
  const answer = await running.remove(wrong);
  const { errors } = (await answer.clone().json()) as { errors: unknown };
  expect(errors).toEqual([{ pointer, detail: expect.any(String) }]);
  await expectProblem(answer, 400, "bad_request");
  expect(calls).toBe(before);
});

test.each<[string, object]>([
  ["/yandex_uids", { yandex_uids: undefined }],
  ["/categories", { categories: undefined }],
  ["/job_id", { job_id: undefined }],
  ["/job_id", { job_id: "x".repeat(65) }],
  ["/upload_url", { upload_url: undefined }],
  ["/upload_url", { upload_url: "https://hub.example/takeout/exports/j-1/" }],
  ["/upload_url", { upload_url: "file:///takeout/files/" }],
  ["/upload_url", { upload_url: "https://hub.example/a b/files/" }],
  ["/upload_url", { upload_url: `https://hub.example/${"x".repeat(2_048)}/files/` }],
  ["/report_uid", { report_uid: 4001 }],
  ["/deadline", { deadline: "tomorrow" }],
])("a malformed %s of an export is refused with its place", async (pointer, wrong) => {
  const answer = await running.post("/v1/takeout/export/", {
    ...exportBodyOf(running.hub),
    ...wrong,
  });
  const { errors } = (await answer.clone().json()) as { errors: unknown };
  expect(errors).toEqual([{ pointer, detail: expect.any(String) }]);
  await expectProblem(answer, 400, "bad_request");
});

test("fields of a newer hub are ignored", async () => {
  expect(
    (await running.remove({ from: "2025-01-01T00:00:00Z", mood: { good: true } })).status,
  ).toBe(200);
});

test("the call's id and trace are echoed and go on to the report; a malformed id is replaced", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const answer = await running.remove(
    { deletion_id: "d-trace" },
    { "x-request-id": "call-7", traceparent },
  );
  expect(answer.headers.get("x-request-id")).toBe("call-7");
  const sent = running.hub.reports.find(({ body }) => body.deletion_id === "d-trace");
  expect(sent?.headers).toMatchObject({ "x-request-id": "call-7", traceparent });
  const replaced = await running.remove({}, { "x-request-id": "with space" });
  expect(replaced.headers.get("x-request-id")).toMatch(/^[!-~]{1,128}$/);
});

test("while the hub's keys cannot be read, the hub is asked to come back", async () => {
  const { privateJwk } = await createClient("realty");
  const lost = createTakeoutService({
    service: "realty",
    signingKey: privateJwk,
    hub: { url: "http://127.0.0.1:1", client: "takeout" },
    categories: [],
    log: () => {},
  });
  const answer = await lost.fetch(
    new Request(`http://realty.example${paths[0]}`, {
      method: "POST",
      headers: { "x-ya-service-ticket": await running.hub.client.serviceTicket("realty") },
    }),
  );
  expect(answer.headers.get("retry-after")).toBe("1");
  await expectProblem(answer, 503, "auth_unavailable");
});

test.each<[string, object, RegExp?]>([
  ["no categories", { categories: undefined }],
  ["a category twice", { categories: [twin(), twin()] }],
  ["an unknown completion", { completion: "later" }],
  ["no key", { signingKey: undefined }],
  ["a misspelt option", { answerWithin: 9 }, /answerWithin;.* answerWithinMs,/],
  ["a misspelt option without a value", { stroe: undefined }, /no option stroe;/],
  ["a category that category() did not make", { categories: [{ ...handlers, id: "1" }] }],
  ["a category that is none", { categories: [null] }, /^categories: /],
])("%s throws TypeError at once", async (_, wrong, message = /: give|: each/) => {
  const { privateJwk } = await createClient("realty");
  const options = {
    service: "realty",
    signingKey: privateJwk,
    hub: { url: "https://hub.example", client: "takeout" },
    categories: [],
  };
  const wanted = { name: "TypeError", message: expect.stringMatching(message) };
  expect(() => createTakeoutService({ ...options, ...wrong })).toThrow(
    expect.objectContaining(wanted),
  );
});

test("a misspelt handler throws TypeError at once, and says which there are", () => {
  const misspelt = { ...handlers, export: [] };
  expect(() => category("1", misspelt)).toThrow(
    new TypeError("category 1: no option export; there are status, delete, inline, exports"),
  );
});

test("handlers of a class may hold what else they need, and a category may be a changed copy", async () => {
  class Favorites {
    rows = 2;
    status = async () => "empty" as const;
    delete = async () => erased();
  }
  const held = { ...category("1", new Favorites()), inline: true };
  await using other = await startService({ categories: [held] });
  expect((await other.status()).status).toBe(200);
});

function twin() {
  return category("1", handlers);
}
