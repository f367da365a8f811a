import { afterAll, beforeAll, expect, test } from "vitest";
import { namesIn } from "../../support/naming.ts";
import { until } from "../../support/processes.ts";
import {
  createFeedback,
  deletionOf,
  type Feedback,
  type RunningFeedback,
  reportsOf,
} from "./running-feedback.ts";

let feedback: Feedback;
let running: RunningFeedback;
beforeAll(async () => {
  feedback = await createFeedback();
  running = await feedback.start();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await feedback[Symbol.asyncDispose]();
});

const written =
  '{ "form":"place",\n"uid":"7001", "lat": 55.750, "email":"a@example.com", "note":"\\u0041 é",\t"far": 1e2 }';

async function headersOf(name: "maps" | "moderation") {
  return { "x-ya-service-ticket": await feedback[name].serviceTicket("feedback") };
}

async function create(body: string, headers?: Record<string, string>): Promise<Response> {
  const init = { method: "POST", headers: headers ?? (await headersOf("maps")), body };
  return await fetch(`${running.url}/v1/tasks`, init);
}

async function createTask(body: string): Promise<string> {
  const answer = await create(body);
  expect(answer.status).toBe(201);
  const { task_id } = (await answer.json()) as { task_id: string };
  return task_id;
}

async function read(id: string): Promise<Response> {
  return await fetch(`${running.url}/v1/tasks?task_id=${id}`, { headers: await headersOf("maps") });
}

async function userInfo(id: string): Promise<Response> {
  const headers = await headersOf("moderation");
  return await fetch(`${running.url}/v1/tasks/user_info?task_id=${id}`, { headers });
}

async function anonymize(uid: string): Promise<void> {
  await running.call("/v1/takeout/delete/", deletionOf(uid, new Date()));
  await until("the report", () => reportsOf(feedback, uid).length > 0);
}

test("a task is read as it was sent, byte for byte", async () => {
  const id = await createTask(written);
  const answer = await read(id);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  const text = await answer.text();
  expect(text).toContain(`"original_task":${written}}`);
  expect(JSON.parse(text)).toMatchObject({
    task_id: id,
    state: "new",
    created_at: expect.any(String),
  });
});

test("callers are answered the same with the gdpr schema and without it, as before it was there", async () => {
  const ask = async () => {
    const answers = [
      await create(written),
      await create("[]"),
      await read("1"),
      await read("999999"),
      await read("x"),
    ];
    return await Promise.all(
      answers.map(async (answer) => [
        answer.status,
        answer.headers.get("content-type"),
        (await answer.text()).replace(/^\{"task_id":"\d+"/, '{"task_id":"…"'),
      ]),
    );
  };
  const now = await ask();
  await feedback.sql`alter schema gdpr rename to gdpr_away`;
  try {
    expect(await ask()).toEqual(now);
  } finally {
    await feedback.sql`alter schema gdpr_away rename to gdpr`;
  }
  expect(now.map(([status]) => status)).toEqual([201, 400, 200, 404, 404]);
});

test("an anonymised task is read like one that was sent without an author", async () => {
  const id = await createTask(written.replace("7001", "7002"));
  const before = (await (await read(id)).json()) as { original_task: object };
  await anonymize("7002");
  const answer = await read(id);
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(text).toContain(
    '"original_task":{ "form":"place", "lat": 55.750, "note":"\\u0041 é",\t"far": 1e2 }}',
  );
  const { uid: _, email: __, ...rest } = before.original_task as Record<string, unknown>;
  expect(JSON.parse(text)).toEqual({ ...before, original_task: rest });
});

test.each([
  ["no JSON", "{"],
  ["no object", '"uid"'],
  ["a NUL, which PostgreSQL cannot look into", '{"note":"\\u0000"}'],
  ["half a character", '{"note":"\\ud800"}'],
  ["more brackets than PostgreSQL follows", `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
])("a task with %s is refused, and the caller told", async (_, body) => {
  const answer = await create(body);
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({ code: "bad_request" }),
  ]);
});

test("a task of more than 64 KiB is refused", async () => {
  const answer = await create(JSON.stringify({ note: "x".repeat(70_000) }));
  expect([answer.status, await answer.json()]).toEqual([
    413,
    expect.objectContaining({ code: "body_too_large" }),
  ]);
});

test("who has the right is told a task's author, before anonymisation and after it", async () => {
  const id = await createTask('{"uid":7003,"email":"b@example.com","ip":null,"form":"place"}');
  const author = {
    uid: "7003",
    email: "b@example.com",
    uuid: null,
    device_id: null,
    yandexuid: null,
    ip: null,
    user_full_name: null,
  };
  const before = await userInfo(id);
  expect(before.headers.get("cache-control")).toBe("no-store");
  expect(await before.json()).toEqual({ task_id: id, user: author, hidden_until: null });
  await anonymize("7003");
  const after = await userInfo(id);
  const hiddenUntil = expect.stringMatching(/^\d{4}-.*Z$/);
  expect(await after.json()).toEqual({ task_id: id, user: author, hidden_until: hiddenUntil });
  expect(running.output()).toContain(`moderation was told the author of task ${id}`);
  expect(namesIn(running.output(), "7003", "b@example")).toEqual([]);
});

test("of a task that does not exist nobody is told an author", async () => {
  expect((await userInfo("999999")).status).toBe(404);
});

test.each([
  ["no ticket", 401, "service_ticket_missing", async () => ({})],
  [
    "the ticket of a caller without the right",
    403,
    "source_forbidden",
    async () => headersOf("maps"),
  ],
  [
    "the hub's ticket",
    401,
    "service_ticket_invalid",
    async () => ({ "x-ya-service-ticket": await feedback.hub.client.serviceTicket("feedback") }),
  ],
  [
    "a ticket meant for another service",
    401,
    "service_ticket_invalid",
    async () => ({ "x-ya-service-ticket": await feedback.moderation.serviceTicket("maps") }),
  ],
])("with %s no author is told: %i", async (_, status, code, headers) => {
  const id = await createTask('{"uid":"7004"}');
  const url = `${running.url}/v1/tasks/user_info?task_id=${id}`;
  const answer = await fetch(url, { headers: (await headers()) as Record<string, string> });
  const text = await answer.text();
  expect([answer.status, JSON.parse(text).code]).toEqual([status, code]);
  expect(namesIn(text, "7004")).toEqual([]);
});

test("who may not create or read does not", async () => {
  expect((await create(written, await headersOf("moderation"))).status).toBe(403);
  expect((await create(written, {})).status).toBe(401);
  expect((await fetch(`${running.url}/v1/tasks?task_id=1`)).status).toBe(401);
});
