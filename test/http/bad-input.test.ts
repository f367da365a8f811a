import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Operation, type OperationId, operations } from "../../generated/operations.ts";
import { createApp } from "../../src/http/app.ts";
import { exportsOf } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { createClient, type TestClient } from "../support/tickets.ts";
import { readAnswer } from "./support/answers.ts";
import {
  all,
  type Clients,
  callerOf,
  exportOwner,
  goodBody,
  goodPath,
  inPaths,
  isRouted,
  login,
  type Sent,
  type SentBody,
  sendTo,
  titled,
  withBody,
  withTickets,
  withUser,
} from "./support/requests.ts";
import { dumpTables } from "./support/tables.ts";

let realty: FakeService;
let quick: FakeService;
let desk: TestClient;
let mail: TestClient;
let hub: TestHub;
let clients: Clients;
/** An export that is ready. */
let wholeJob: string;
let stored: Record<string, string[]>;
/** What the hub said in its log about itself; bad input is never its own fault. */
const faults: unknown[] = [];
const refusals: unknown[] = [];

beforeAll(async () => {
  realty = await startFakeService("realty");
  quick = await startFakeService("quick");
  desk = await createClient("desk");
  mail = await createClient("mail");
  const log = {
    info: () => {},
    warn: (fields: unknown) => refusals.push(fields),
    error: (fields: unknown) => faults.push(fields),
  };
  hub = await createTestHub({
    services: [
      [realty, { export: true }],
      [quick, { export: true }],
    ],
    config: {
      operators: new Map([
        [
          "desk",
          {
            name: "desk",
            // biome-ignore lint/suspicious/noExplicitAny: JWKs of jose as ours
            keys: desk.jwks as any,
            roles: new Map([[login, "operator"]]),
          },
        ],
      ]),
    },
    overrides: { log },
  });
  Object.assign(hub, { app: createApp({ ...hub.context.http, log }) });
  clients = { portal: hub.portal, service: realty.client, operator: desk };
  // Rows that bad input could spoil.
  await hub.remove("4001", "before", ["1"]);
  await hub.drain();
  await hub.report(realty, { yandex_uid: "4002", category_id: "1", state: "deleted" });
  const [deletion] = await hub.sql<{ id: string }[]>`select id from deletions`;
  inPaths.deletion_id = deletion?.id ?? "";
  const exports = exportsOf(hub);
  // One of two services has given its share; the other one's is awaited.
  realty.onExport = () => ({ status: 202 });
  quick.onExport = () => ({ status: 200, body: { status: "ok", data: { "a.json": 1 } } });
  const whole = await exports.start(exportOwner, "whole");
  await hub.drain();
  await exports.report(realty, { yandex_uid: exportOwner, job_id: whole, state: "no_data" });
  await hub.drain();
  wholeJob = whole;
  inPaths.link = (await exports.link(exportOwner, whole)).split("/").at(-1) ?? "";
  inPaths.job_id = await exports.start(exportOwner, "awaited");
  await hub.drain();
  stored = await dumpTables(hub);
});
beforeEach(() => {
  faults.length = 0;
  refusals.length = 0;
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
  await quick[Symbol.asyncDispose]();
});

/** Sends what is refused: with this code, by the contract, and without a trace in any table. */
async function refuse(
  operation: Operation,
  [status, code]: readonly [number, string],
  sent: Sent,
  app = hub.app,
): Promise<Response> {
  const response = await sendTo(app, operation, clients, sent);
  const copy = response.clone();
  const answer = await readAnswer(operation.id as OperationId, response);
  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(await dumpTables(hub)).toEqual(stored);
  expect(faults).toEqual([]);
  return copy;
}

describe.each(titled(withTickets))("%s without good tickets", (_id, operation) => {
  test("no service ticket", async () => {
    const sent = { headers: { "x-ya-service-ticket": null } };
    await refuse(operation, [401, "service_ticket_missing"], sent);
    await refuse(operation, [401, "service_ticket_missing"], {
      headers: { "x-ya-service-ticket": "" },
    });
  });

  test.each([
    ["no ticket at all", async () => "garbage", "malformed"],
    ["an unknown client's", () => mail.serviceTicket(), "issuer_unknown"],
    ["one for another hub", () => hub.portal.serviceTicket("realty"), "audience_wrong"],
    ["a user ticket", () => hub.portal.userTicket("4001"), "typ_wrong"],
  ])("a bad service ticket: %s; the log names the reason", async (_what, make, reason) => {
    const ticket = await make();
    const response = await refuse(operation, [401, "service_ticket_invalid"], {
      headers: { "x-ya-service-ticket": ticket },
    });
    expect(await response.text()).not.toContain(reason);
    expect(refusals).toMatchObject([{ operation: operation.id, reason }]);
    expect(JSON.stringify(refusals)).not.toContain(ticket);
  });

  test("the wrong surface, whoever calls", async () => {
    const own = callerOf(operation, clients);
    const strangers = [hub.portal, realty.client, desk].filter((client) => client !== own);
    for (const stranger of strangers) {
      const headers = {
        "x-ya-service-ticket": await stranger.serviceTicket(),
        "x-ya-user-ticket": await stranger.userTicket("4001"),
      };
      await refuse(operation, [403, "source_forbidden"], { headers });
    }
  });

  test("tickets are looked at before the body", async () => {
    const body = operation.body ? { body: "{" } : {};
    const headers = { "x-ya-service-ticket": null, "content-type": "text/plain" };
    await refuse(operation, [401, "service_ticket_missing"], { headers, ...body });
  });
});

describe.each(titled(withUser))("%s without a good user ticket", (_id, operation) => {
  test("none", async () => {
    await refuse(operation, [401, "user_ticket_missing"], {
      headers: { "x-ya-user-ticket": null },
    });
  });

  test.each([
    ["no ticket at all", async () => "garbage", "malformed"],
    ["a service ticket", () => hub.portal.serviceTicket(), "typ_wrong"],
    [
      "one of another client",
      (own: TestClient) => (own === desk ? hub.portal : desk).userTicket("4001"),
      "issuer_not_caller",
    ],
    ["one signed by a service", () => realty.client.userTicket("4001"), "issuer_not_caller"],
    ["one for nobody", (own: TestClient) => own.userTicket("no body"), "subject_invalid"],
  ])("a bad one: %s; the log names the reason", async (_what, make, reason) => {
    const own = callerOf(operation, clients);
    const ticket = await make(own);
    await refuse(operation, [401, "user_ticket_invalid"], {
      headers: { "x-ya-user-ticket": ticket },
    });
    expect(refusals).toMatchObject([{ operation: operation.id, client: own.name, reason }]);
  });

  test("the surface is looked at first", async () => {
    const headers = {
      "x-ya-service-ticket": await realty.client.serviceTicket(),
      "x-ya-user-ticket": null,
    };
    await refuse(operation, [403, "source_forbidden"], { headers });
  });

  test.skipIf(operation.right === null)(
    "a portal without the right is forbidden, and one with that right alone is not",
    async () => {
      const withRights = (allow: Iterable<"status" | "delete" | "export">) => {
        const [portal] = [...hub.context.http.portals.values()];
        if (!portal) throw new Error("no portal");
        const portals = new Map([[portal.name, { ...portal, allow: new Set(allow) }]]);
        return createApp({ ...hub.context.http, portals });
      };
      const rights = ["status", "delete", "export"] as const;
      const others = rights.filter((right) => right !== operation.right);
      await refuse(operation, [403, "source_forbidden"], {}, withRights(others));
      const headers = { "x-ya-user-ticket": "garbage" };
      const alone = withRights(rights.filter((right) => right === operation.right));
      await refuse(operation, [401, "user_ticket_invalid"], { headers }, alone);
    },
  );
});

describe("errors_as_200", () => {
  let app: TestHub["app"];
  beforeAll(() => {
    const portals = [...hub.context.http.portals].map(
      ([name, portal]) => [name, { ...portal, errorsAs200: true }] as const,
    );
    app = createApp({ ...hub.context.http, portals: new Map(portals) });
  });
  const post = operations.deleteData;

  test.each<[string, Sent, number, string]>([
    ["no user ticket", { headers: { "x-ya-user-ticket": null } }, 401, "user_ticket_missing"],
    ["a broken body", { body: "{" }, 400, "bad_request"],
    ["another media type", { headers: { "content-type": null } }, 415, "unsupported_media_type"],
    ["a large body", { body: " ".repeat(65_537) }, 413, "body_too_large"],
    ["an unknown category", { body: '{"id":["9"]}' }, 400, "category_unknown"],
    ["no request_id", { path: post.path }, 400, "request_id_missing"],
  ])("is 200 once the service ticket is good: %s", async (_what, sent, described, code) => {
    const response = await sendTo(app, post, clients, sent);
    expect(response.headers.get("connection")).toBe(described === 413 ? "close" : null);
    const answer = await readAnswer("deleteData", response, described);
    expect([answer.status, answer.code]).toEqual([200, code]);
    expect(await dumpTables(hub)).toEqual(stored);
  });

  test("is not before", async () => {
    for (const ticket of [null, "garbage"]) {
      const sent = { headers: { "x-ya-service-ticket": ticket } };
      expect((await sendTo(app, post, clients, sent)).status).toBe(401);
    }
    expect((await sendTo(app, post, clients, { method: "PUT" })).status).toBe(405);
    expect((await sendTo(app, post, clients, { path: "/1/takeout/" })).status).toBe(404);
  });

  test("is the portal's affair alone", async () => {
    const headers = { "x-ya-service-ticket": await hub.portal.serviceTicket() };
    const response = await sendTo(app, operations.setDataStatus, clients, { headers });
    expect(response.status).toBe(403);
  });
});

const text = (value: string) => new TextEncoder().encode(value);

const noJson: [what: string, body: SentBody][] = [
  ["nothing", ""],
  ["spaces", "   "],
  ["half an object", '{"id":["1"]'],
  ["a comma too many", '{"id":["1",]}'],
  ["two objects", "{}{}"],
  ["single quotes", "{'id':['1']}"],
  ["a form", "id=1"],
  ["NaN", '{"id":NaN}'],
  ["a U+0000 after the object", "{}\u0000"],
  ["a control character in a string", '{"id":["\u0001"]}'],
  ["bytes that are not UTF-8", new Uint8Array([...text('{"id":["'), 0xff, ...text('"]}')])],
  ["an overlong encoding", new Uint8Array([...text('{"id":["'), 0xc0, 0xaf, ...text('"]}')])],
  ["UTF-16", new Uint8Array(Buffer.from('{"id":["1"]}', "utf16le"))],
  ["brackets 60,000 deep", "[".repeat(60_000)],
];

const noObject: [what: string, body: string][] = [
  ["null", "null"],
  ["true", "true"],
  ["a number", "1e400"],
  ["a string", '"id"'],
  ["a list", "[]"],
  ["a list of objects", '[{"id":["1"]}]'],
  ["lists 30,000 deep", "[".repeat(30_000) + "]".repeat(30_000)],
  ["objects 10,000 deep", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
  ["an unknown field", '{"colour":"blue"}'],
  ["the field __proto__", '{"__proto__":{"id":["1"]}}'],
  ["the field constructor", '{"constructor":{}}'],
];

/** Sends a body in pieces, without its length. */
function inPieces(body: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= body.length) return controller.close();
      controller.enqueue(body.subarray(at, at + 16_384));
      at += 16_384;
    },
  });
}

describe.each(titled(withBody))("%s with a bad body", (_id, operation) => {
  test.each(noJson)("no JSON: %s", async (_what, body) => {
    await refuse(operation, [400, "bad_request"], { body });
  });

  test.each(noObject)("no object as it must be: %s", async (_what, body) => {
    const response = await refuse(operation, [400, "bad_request"], { body });
    if (operation.errorFormat !== "problem") return;
    const { errors } = (await response.json()) as { errors: unknown };
    expect(errors).toContainEqual({ pointer: expect.any(String), detail: expect.any(String) });
  });

  test("every field of another type", async () => {
    const whole = goodBody(operation) ?? {};
    const values = [null, true, 7, -0.5, "", "text", [], [[]], {}, { code: 1 }, [null], [{}]];
    for (const [field, value] of Object.entries(whole)) {
      const others = values.filter((other) => kindOf(other) !== kindOf(value));
      for (const other of [...others, nested(500)]) {
        const body = JSON.stringify({ ...whole, [field]: other });
        await refuse(operation, [400, "bad_request"], { body });
      }
    }
  });

  test("U+0000 in any string, and bytes in it that are not UTF-8", async () => {
    const whole = JSON.stringify(goodBody(operation));
    const strings = [...whole.matchAll(/:\[?"([^"]*)"/g)].map(
      (match) => match.index + match[0].length - 1,
    );
    expect(strings.length).toBeGreaterThan(0);
    for (const at of strings) {
      const [before, after] = [whole.slice(0, at), whole.slice(at)];
      const bytes = new Uint8Array([...text(before), 0xff, ...text(after)]);
      for (const body of [`${before}\\u0000${after}`, bytes]) {
        await refuse(operation, [400, "bad_request"], { body });
      }
    }
  });

  test.each([
    ["none", null],
    ["text", "text/plain"],
    ["a form", "application/x-www-form-urlencoded"],
    ["a name that begins alike", "application/jsonp"],
    ["a kind of JSON", "application/problem+json"],
    ["several", "application/json, text/plain"],
  ])("another media type: %s", async (_what, type) => {
    const sent = { headers: { "content-type": type }, body: new Uint8Array(text("{}")) };
    const response = await refuse(operation, [415, "unsupported_media_type"], sent);
    expect(await response.text()).toContain("application/json");
  });

  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"])(
    "the media type %s is none of these",
    async (type) => {
      const sent = { headers: { "content-type": type }, body: "[]" };
      await refuse(operation, [400, "bad_request"], sent);
    },
  );

  test("a byte more than 64 KiB, and 1 MB, with their length or in pieces", async () => {
    for (const size of [65_537, 1_000_000]) {
      const body = text(JSON.stringify(goodBody(operation)).padEnd(size));
      const headers = { "content-length": String(size) };
      await refuse(operation, [413, "body_too_large"], { body: new Uint8Array(body), headers });
      const response = await refuse(operation, [413, "body_too_large"], { body: inPieces(body) });
      expect(response.headers.get("connection")).toBe("close");
    }
  });

  test("a length that lies does not help", async () => {
    const body = inPieces(text("".padEnd(65_537)));
    const headers = { "content-length": "2" };
    await refuse(operation, [413, "body_too_large"], { body, headers });
  });

  test("64 KiB are read", async () => {
    await refuse(operation, [400, "bad_request"], { body: "[]".padEnd(65_536) });
  });
});

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let n = 0; n < depth; n++) value = n % 2 ? [value] : { a: value };
  return value;
}

const barePath = (operation: Operation) => goodPath(operation).replace(/\/?\?.*$/, "");

describe.each(titled(all))("%s", (_id, operation) => {
  const methods = all.filter(({ path }) => path === operation.path).map(({ method }) => method);

  test("another method on its path is refused with those that it knows", async () => {
    const known = [...methods, ...(methods.includes("get") ? ["head"] : [])];
    const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"].filter(
      (method) => !known.includes(method.toLowerCase()),
    );
    for (const method of others) {
      const response = await refuse(operation, [405, "method_not_allowed"], { method });
      const allowed = response.headers.get("allow")?.toLowerCase().split(", ");
      expect(allowed?.sort()).toEqual(known.sort());
    }
  });

  test("HEAD is answered without a body", async () => {
    const response = await sendTo(hub.app, operation, clients, { method: "HEAD" });
    expect(response.status).toBe(methods.includes("get") ? 200 : 405);
    expect(await response.text()).toBe("");
  });

  test("with and without the trailing slash it is the same path, and no redirect", async () => {
    const bare = barePath(operation);
    for (const one of [bare, `${bare}/`]) {
      const headers = { "x-ya-service-ticket": null };
      const response = await sendTo(hub.app, operation, clients, {
        path: `${one}?request_id=r`,
        headers,
      });
      expect(response.status).toBe(withTickets.includes(operation) ? 401 : 200);
    }
  });

  test("paths beside it are none of ours", async () => {
    const bare = barePath(operation);
    const beside = [`${bare}//`, `/${bare}`, `${bare}x`, `${bare}/x`, bare.toUpperCase()];
    for (const path of beside.filter((one) => !isRouted(one))) {
      const response = await sendTo(hub.app, operation, clients, { path });
      const { status, code } = await readAnswer("unrouted", response);
      expect([path, status, code]).toEqual([path, 404, "not_found"]);
    }
  });

  test("a good X-Request-Id comes back", async () => {
    for (const id of ["a", "!".repeat(64) + "~".repeat(64), "4001"]) {
      const headers = { "x-request-id": id, "x-ya-service-ticket": null };
      const response = await sendTo(hub.app, operation, clients, { headers });
      expect(response.headers.get("x-request-id")).toBe(id);
    }
  });

  test("a bad X-Request-Id is replaced, and so is none", async () => {
    const made = new Set<string | null>();
    const bad = [null, "", "a b", "a\tb", "\u00e9", "a".repeat(129), '"a", b'];
    for (const id of bad) {
      const headers = { "x-request-id": id, "x-ya-service-ticket": null };
      const response = await sendTo(hub.app, operation, clients, { headers });
      made.add(response.headers.get("x-request-id"));
    }
    expect(made.size).toBe(bad.length);
    for (const id of made) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("good requests among the bad", () => {
  // Acts of operators do something to what they name; they have tests of their own.
  const harmless = all.filter(({ role }) => role !== "operator");
  test.each(titled(harmless))("%s is answered by the contract", async (_id, operation) => {
    const answer = await readAnswer(
      operation.id as OperationId,
      await sendTo(hub.app, operation, clients, {
        ...(operation.id === "setDataStatus" && {
          body: '{"yandex_uid":"1","category_id":"1","state":"deleted","service":"realty"}',
        }),
        ...(operation.id === "setExportStatus" && {
          body: JSON.stringify({
            yandex_uid: exportOwner,
            job_id: inPaths.job_id,
            service: "realty",
            state: "no_data",
          }),
        }),
        ...(operation.id === "downloadExport" && {
          body: JSON.stringify({ job_id: wholeJob }),
        }),
      }),
    );
    expect(answer.status).toBe(200);
    expect(faults).toEqual([]);
  });

  test("no other path is known", async () => {
    for (const path of ["/", "/1/takeout/", "/1/takeout/export/", "/admin/v1/x", "/%", "/%ff"]) {
      const { status, code } = await readAnswer("unrouted", await hub.app.request(path));
      expect([path, status, code]).toEqual([path, 404, "not_found"]);
    }
  });
});
