import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Config } from "../../src/config/types.ts";
import { exportsOf } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

const uid = "4001";
const submitPath = (query: string) => `/1/takeout/export/submit/?${query}`;

async function codeOf(response: Response): Promise<[number, string | undefined]> {
  const body = (await response.json()) as { errors?: [{ code: string }] };
  return [response.status, body.errors?.[0].code];
}

/** As the portal, with these tickets besides its own. */
async function ask(
  hub: TestHub,
  path: string,
  headers: Record<string, string> = {},
  method = "POST",
) {
  const ticket = await hub.portal.serviceTicket();
  return await hub.app.request(path, {
    method,
    headers: { "x-ya-service-ticket": ticket, ...headers },
  });
}

/** Only the portal's own rules, changed. */
function portalWith(
  hub: TestHub,
  change: Partial<Config["portals"] extends ReadonlyMap<string, infer P> ? P : never>,
) {
  const { http } = hub.context;
  const [portal] = http.portals.values();
  Object.assign(portal as object, change);
}

test("a repeat of the request, and any request while an export runs, get the job that there is", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  const exports = exportsOf(hub);
  const first = await exports.start(uid, "r1");
  expect(await exports.start(uid, "r1")).toBe(first);
  expect(await exports.start(uid, "r2")).toBe(first);
  const other = await exports.start("4002", "r1");
  expect(other).not.toBe(first);
  await hub.drain();
  expect(realty.exports()).toHaveLength(2);

  expect(await exports.start(uid, "r1")).toBe(first);
  expect(await exports.start(uid, "r2")).toBe(first);
  await hub.drain();
  expect(realty.exports()).toHaveLength(2);
  const second = await exports.start(uid, "r3");
  expect(second).not.toBe(first);
  expect(await exports.start(uid, "r2")).toBe(first);
  expect(await exports.start(uid, "r4")).toBe(second);
});

test("of many requests at once one starts an export, and all get its job", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  const exports = exportsOf(hub);
  const jobs = await Promise.all(
    Array.from({ length: 12 }, (_, at) => exports.start(uid, `r${at % 5}`)),
  );
  expect(new Set(jobs).size).toBe(1);
  await hub.drain();
  expect(realty.exports()).toHaveLength(1);
});

test("another user's job is answered like one that is not there, and so is what is no id", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  const exports = exportsOf(hub);
  realty.onExport = () => ({ status: 200, body: { status: "ok", data: { a: 1 } } });
  const jobId = await exports.start(uid);
  await hub.drain();
  const answers: unknown[] = [];
  for (const [user, job] of [
    ["4002", jobId],
    [uid, randomUUID()],
    [uid, "1"],
  ] as const) {
    for (const askFor of [exports.askStatus, exports.askLink]) {
      const response = await askFor(user, job);
      answers.push([response.status, await response.json()]);
    }
  }
  const errors = [{ code: "job_not_found", message: "The job is not found" }];
  expect(answers).toEqual(Array(6).fill([404, { status: "error", errors }]));
});

test("no user ticket is needed, one that is sent must match, and it may be demanded", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  const exports = exportsOf(hub);
  const jobId = await exports.start(uid);
  const paths: [string, string][] = [
    [submitPath(`uid=${uid}&request_id=r1`), "POST"],
    [`/1/takeout/export/status/?uid=${uid}&job_id=${jobId}`, "GET"],
  ];
  const own = { "x-ya-user-ticket": await hub.portal.userTicket(uid) };
  const others = { "x-ya-user-ticket": await hub.portal.userTicket("4002") };
  const answers = async (headers: Record<string, string>) =>
    await Promise.all(
      paths.map(async ([path, method]) => await codeOf(await ask(hub, path, headers, method))),
    );
  const ok = [200, undefined];
  expect(await answers({})).toEqual([ok, ok]);
  expect(await answers(own)).toEqual([ok, ok]);
  expect(await answers(others)).toEqual(Array(2).fill([403, "user_mismatch"]));
  const bad = { "x-ya-user-ticket": "garbage" };
  expect(await answers(bad)).toEqual(Array(2).fill([401, "user_ticket_invalid"]));
  portalWith(hub, { requireUserTicket: true });
  expect(await answers({})).toEqual(Array(2).fill([401, "user_ticket_missing"]));
  expect(await answers(own)).toEqual([ok, ok]);
});

test("download needs the user's own ticket, whatever the query says", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  const exports = exportsOf(hub);
  realty.onExport = () => ({ status: 200, body: { status: "ok", data: { a: 1 } } });
  const jobId = await exports.start(uid);
  await hub.drain();
  const path = `/1/takeout/export/download/?uid=${uid}`;
  const init = { method: "POST", body: JSON.stringify({ job_id: jobId }) };
  expect(await codeOf(await hub.portalRequest("4002", path, init))).toEqual([404, "job_not_found"]);
  const without = await hub.app.request(path, {
    ...init,
    headers: {
      "x-ya-service-ticket": await hub.portal.serviceTicket(),
      "content-type": "application/json",
    },
  });
  expect(await codeOf(without)).toEqual([401, "user_ticket_missing"]);
  expect((await hub.portalRequest(uid, path, init)).status).toBe(200);
});

test.each([
  ["request_id=r", "bad_request"],
  ["uid=&request_id=r", "bad_request"],
  ["uid=04001&request_id=r", "bad_request"],
  [`uid=${"9".repeat(33)}&request_id=r`, "bad_request"],
  ["uid=4001", "request_id_missing"],
  ["uid=4001&request_id=", "bad_request"],
  [`uid=4001&request_id=${"x".repeat(129)}`, "bad_request"],
  ["uid=4001&request_id=a%00b", "bad_request"],
])("submit?%s is refused, and nothing is recorded", async (query, code) => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  expect(await codeOf(await ask(hub, submitPath(query)))).toEqual([400, code]);
  expect(await hub.sql`select from exports`).toHaveLength(0);
});

test("a portal without the right may not", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { export: true }]] });
  portalWith(hub, { allow: new Set(["status", "delete"] as const) });
  const response = await ask(hub, submitPath(`uid=${uid}&request_id=r`));
  expect(await codeOf(response)).toEqual([403, "source_forbidden"]);
});

test("without identity nothing starts; what was asked for before is still known", async () => {
  await using realty = await startFakeService("realty");
  await using identity = await startFakeService("identity");
  identity.onDelete = () => ({ status: 500 });
  await using hub = await createTestHub({
    services: [[realty, { export: true }]],
    config: { identity: { url: identity.url, client: "identity", timeoutMs: 1_000 } },
  });
  const exports = exportsOf(hub);
  expect(await codeOf(await exports.submit(uid, "r1"))).toEqual([503, "identity_unavailable"]);
  identity.onDelete = () => ({ status: 404 });
  const jobId = await exports.start(uid, "r1");
  identity.onDelete = () => ({ status: 500 });
  expect(await exports.start(uid, "r1")).toBe(jobId);
  expect(await exports.start(uid, "r2")).toBe(jobId);
});

test("whichever uid of a person asks, there is one export, and only who asked may see it", async () => {
  await using realty = await startFakeService("realty");
  await using identity = await startFakeService("identity");
  const uids = ["4001", "4009", "4010"];
  identity.onDelete = () => ({
    status: 200,
    body: {
      yandex_uids: uids.map((one) => ({ uid: one, is_portal: one === "4001" })),
      complete: true,
    },
  });
  await using hub = await createTestHub({
    services: [[realty, { export: true }]],
    config: { identity: { url: identity.url, client: "identity", timeoutMs: 1_000 } },
  });
  const exports = exportsOf(hub);
  const jobId = await exports.start("4009", "r1");
  expect((await exports.askStatus("4009", jobId)).status).toBe(200);
  expect((await exports.askStatus("4001", jobId)).status).toBe(404);
  expect(await exports.start("4001", "r1")).toBe(jobId);
  expect((await exports.askStatus("4001", jobId)).status).toBe(200);
  expect((await exports.askStatus("4010", jobId)).status).toBe(404);
  await hub.drain();
  expect(realty.exports().map(({ body }) => body.report_uid)).toEqual(["4001"]);
});
