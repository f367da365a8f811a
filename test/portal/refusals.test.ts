import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findFreePort } from "../support/ports.ts";
import { type JsonAnswer, type JsonServer, startJsonServer } from "./support/json-server.ts";
import { fieldsOf, readable, startPortal, type TestPortal } from "./support/portal.ts";

let hub: JsonServer;
let portal: TestPortal;
let onStatus: JsonAnswer;
let onDelete: JsonAnswer;

const ready = { id: "1", slug: "favorites", state: "ready_to_delete" };

function ok(category: object, errors: readonly object[] = []): JsonAnswer {
  return { body: { status: "ok", data: [{ ...ready, ...category }], errors } };
}

function refuse(status: number, code: string, more: object = {}, headers = {}): JsonAnswer {
  return { status, headers, body: { status: "error", errors: [{ code, message: "-", ...more }] } };
}

beforeAll(async () => {
  hub = await startJsonServer(({ method }) => (method === "POST" ? onDelete : onStatus));
  const services = [{ name: "payments", title: "Payments", url: hub.url, moods: false }];
  portal = await startPortal({ hubUrl: hub.url, services });
});
beforeEach(() => {
  hub.asked.length = 0;
  onStatus = ok({});
  onDelete = { body: { status: "ok" } };
});
afterAll(async () => {
  await portal[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

const until = "2031-01-01T00:00:00.000Z";

test.each<[string, object, object[], string]>([
  [
    "what is kept by law",
    { state: "empty", retained: [{ service: "payments", reason: "tax_law", until }] },
    [],
    "Nothing to delete Flats and trips you marked Payments must keep a part until 1 January 2031: tax law.",
  ],
  [
    "what is kept without an end",
    { retained: [{ service: "payments", reason: "old_rule" }] },
    [],
    "Payments must keep a part: old rule.",
  ],
  [
    "who would refuse now",
    { denied: [{ service: "payments", reason: "debt" }] },
    [],
    "Payments would refuse now: you owe money there. Settle it, then delete.",
  ],
  [
    "who refused",
    {},
    [{ code: "delete_denied", category_id: "1", service: "payments", reason: "unspecified" }],
    "Payments refused to delete its share: it does not say why.",
  ],
  [
    "who failed",
    {},
    [{ code: "delete_failed", category_id: "1", service: "big-shop" }],
    "Big shop has not deleted its share. Try again.",
  ],
  [
    "who was silent",
    {},
    [{ code: "service_status_unavailable", category_id: "1", service: "payments" }],
    "Payments did not answer, so it may hold something.",
  ],
  [
    "a code of a newer hub",
    {},
    [{ code: "moon_phase", category_id: "1", service: "payments" }],
    "Payments reports a problem: moon phase.",
  ],
  [
    "that accounts were not found out",
    {},
    [{ code: "identity_unavailable" }],
    "Your accounts could not be looked up",
  ],
])("the page says in plain words %s", async (_what, category, errors, words) => {
  onStatus = ok(category, errors);
  expect(readable(await portal.page("/users/4001"))).toContain(words);
});

test.each<[number, JsonAnswer, string]>([
  [502, refuse(401, "service_ticket_invalid"), "The hub does not know this portal"],
  [502, refuse(403, "source_forbidden"), "This portal may not do that"],
  [409, refuse(409, "delete_denied", { reason: "debt" }), "There is a debt. Settle it"],
  [409, refuse(409, "delete_denied"), "Nothing was deleted. Ask support"],
  [429, refuse(429, "rate_limited", {}, { "retry-after": "7" }), "Wait 7 seconds, then try again."],
  [503, refuse(503, "enqueue_failed"), "The hub could not confirm the deletion"],
  [503, refuse(503, "identity_unavailable"), "Your accounts could not be looked up"],
  [502, refuse(200, "source_forbidden"), "This portal may not do that"],
  [502, refuse(500, "internal_error"), "an answer that this portal does not understand"],
  [502, { body: "<html>proxy</html>" }, "an answer that this portal does not understand"],
  [502, { status: 302, headers: { location: "http://127.0.0.1:9/" } }, "does not understand"],
  [503, { body: "x".repeat(2_000_000) }, "does not answer"],
])(
  "a deletion that is refused (%i) says what happened and keeps the form",
  async (status, answer, words) => {
    const form = fieldsOf(await portal.page("/users/4001/delete?category=1"));
    onDelete = answer;
    const page = await portal.post("/users/4001/delete", form);
    const html = await page.text();
    expect(readable(html)).toContain(words);
    expect(html).not.toMatch(/\n\s+at |Error:/);
    expect(page.status).toBe(status);
    expect(fieldsOf(html)).toEqual(form);
  },
);

test("a form whose name was used for other categories gets a new name", async () => {
  const form = fieldsOf(await portal.page("/users/4001/delete?category=1"));
  onDelete = refuse(409, "request_id_conflict");
  const html = await (await portal.post("/users/4001/delete", form)).text();
  expect(readable(html)).toContain("This form was already used for other categories");
  expect(fieldsOf(html)[0]).not.toEqual(form[0]);
  expect(fieldsOf(html)[1]).toEqual(form[1]);
});

test.each<[number, JsonAnswer, string]>([
  [429, refuse(429, "rate_limited"), "Wait a second, then try again."],
  [503, refuse(503, "unavailable"), "The hub cannot tell what is stored just now"],
  [503, { body: { status: "ok", data: [{ id: "a b" }] } }, "does not understand"],
])(
  "a status that is refused (%i) is told on the page, and the rows stay",
  async (status, answer, words) => {
    onStatus = answer;
    for (const path of ["/users/4001", "/users/4001/progress"]) {
      const page = await portal.get(path);
      const html = await page.text();
      expect(readable(html)).toContain(words);
      expect(html).toContain('id="service-payments"');
      expect(page.status).toBe(status);
    }
  },
);

test("a hub that is down is told as that, on every page", async () => {
  await using lonely = await startPortal({ hubUrl: `http://127.0.0.1:${await findFreePort()}` });
  const page = await lonely.get("/users/4001");
  expect(page.status).toBe(503);
  expect(readable(await page.text())).toContain("The hub does not answer");
  const form = fieldsOf(await lonely.page("/users/4001/delete?category=1"));
  const sent = await lonely.post("/users/4001/delete", form);
  expect(readable(await sent.text())).toContain("it is never done twice");
});

test.each<[string, JsonAnswer]>([
  ["fails", { status: 500, body: {} }],
  ["shows something else", { body: [1, 2] }],
  ["shows too much", { body: { tables: ["x".repeat(2_000_000)] } }],
])("a service whose own page %s costs only its own card", async (_what, answer) => {
  await using broken = await startJsonServer(() => answer);
  await using shop = await startPortal({
    hubUrl: hub.url,
    services: [{ name: "shop", title: "Shop", url: broken.url, moods: true }],
  });
  const page = await shop.get("/users/4001");
  expect(page.status).toBe(200);
  expect(readable(await page.text())).toContain("Shop did not answer");
});
