import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type JsonServer, startJsonServer } from "./support/json-server.ts";
import { fieldsOf, startPortal, type TestPortal } from "./support/portal.ts";

const evil = `"'><img src=x onerror=alert(1)><script>alert(2)</script>&`;

let hub: JsonServer;
let service: JsonServer;
let portal: TestPortal;

beforeAll(async () => {
  const data = [
    {
      id: `1"><script>`,
      slug: evil,
      state: "ready_to_delete",
      update_date: evil,
      retained: [{ service: evil, reason: evil, until: evil }],
      denied: [{ service: evil, reason: evil }],
    },
    { id: "2", slug: "__proto__", state: "empty" },
    { id: "3", slug: "constructor", state: "delete_in_progress" },
  ];
  const errors = [
    { code: evil, category_id: "2", service: evil, reason: evil },
    { code: "toString", category_id: "2", service: "constructor" },
    { code: "delete_denied", category_id: "2", service: "x", reason: "__proto__" },
  ];
  hub = await startJsonServer(({ method }) =>
    method === "POST"
      ? {
          status: 409,
          body: { status: "error", errors: [{ code: evil, message: evil, reason: evil }] },
        }
      : { body: { status: "ok", data, errors } },
  );
  const cell = { isEscaped: true, toString: evil, [evil]: evil };
  const rows = [{ [evil]: evil, list: [evil, [[cell]]], object: cell, nothing: null }];
  service = await startJsonServer(({ url }) =>
    url?.startsWith("/mood")
      ? { body: { mood: evil, moods: { slow: evil, odd: cell, [evil]: evil } } }
      : {
          body: {
            tables: [{ category: evil, name: evil, rows }, { name: cell, rows: cell }, null],
          },
        },
  );
  portal = await startPortal({
    hubUrl: hub.url,
    users: [{ uid: "4001", name: evil }],
    services: [{ name: "shop", title: evil, url: service.url, moods: true }],
  });
});
beforeEach(() => {
  hub.asked.length = 0;
});
afterAll(async () => {
  for (const one of [portal, hub, service]) await one[Symbol.asyncDispose]();
});

const everyPage = [
  "/",
  "/users/4001",
  "/users/4001?notice=recorded",
  "/users/4001?notice=<script>",
  "/users/4001?notice=__proto__",
  "/users/4001/progress",
  "/users/4001/delete",
  "/users/4001/delete?category=2&category=3",
  "/users/4001/delete?category=%3Cscript%3E",
  "/users/9",
  "/<script>",
  "/public/portal.js",
  "/public/..%2Fsettings.ts",
];

test.each(everyPage)("%s bears the policy, and runs nothing of a stranger's", async (path) => {
  const page = await portal.get(path);
  expect(page.status).toBeLessThan(500);
  expect(page.headers.get("content-security-policy")).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
      "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  if (!page.headers.get("content-type")?.startsWith("text/html")) return;
  const html = await page.text();
  expect(html).not.toMatch(/<img|<style|\son\w+="|\sstyle=|javascript:/i);
  expect(html.replace(`<script type="module" src="/public/portal.js"></script>`, "")).not.toMatch(
    /<script/i,
  );
});

test("hostile names are shown as the text that they are", async () => {
  const page = await portal.page("/users/4001");
  const shown = "&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;";
  expect(page.split(shown).length).toBeGreaterThan(8);
  expect(page).toContain('value="1&quot;&gt;&lt;script&gt;"');
  expect(page).not.toMatch(/<(table|caption|option|label)[^>]*alert/);
});

test("an answer of the hub's that names codes of its own is escaped too", async () => {
  const form = fieldsOf(await portal.page("/users/4001/delete?category=2"));
  const refused = await portal.post("/users/4001/delete", form);
  expect(refused.status).toBe(409);
  expect(await refused.text()).not.toMatch(/<img|alert\(2\)<\/script>/);
});

async function send(headers: Record<string, string>, path = "/users/4001/delete"): Promise<number> {
  const body = "request_id=0197d3a2-7c1e-7aaa-8bbb-000000000001&category=2";
  const type = { "content-type": "application/x-www-form-urlencoded" };
  // By hand: `fetch` names the host itself.
  return await new Promise((resolve, reject) => {
    const sent = request(`${portal.url}${path}`, {
      method: "POST",
      headers: { ...type, ...headers },
    });
    sent.on("error", reject);
    sent.on("response", (answer) => resolve(answer.resume().statusCode ?? 0));
    sent.end(body);
  });
}

test("a form of another site is refused, and the hub hears nothing of it", async () => {
  const own = new URL(portal.url);
  const refused: Record<string, string>[] = [
    {},
    { origin: "null" },
    { origin: "https://evil.example" },
    { origin: `http://127.0.0.1:${Number(own.port) + 1}` },
    { origin: portal.url, "sec-fetch-site": "cross-site" },
    { origin: portal.url, "sec-fetch-site": "same-site" },
    { origin: portal.url, "sec-fetch-site": "none" },
  ];
  for (const headers of refused) {
    expect([headers, await send(headers)]).toEqual([headers, 403]);
    expect([headers, await send(headers, "/users/4001/mood")]).toEqual([headers, 403]);
  }
  expect(hub.asked).toEqual([]);
  expect(await send({ origin: portal.url })).toBe(409);
  expect(await send({ "sec-fetch-site": "same-origin" })).toBe(409);
});

test("a name that is not this machine's is refused, whatever origin comes with it", async () => {
  const host = "evil.example:8090";
  expect(await send({ host, origin: `http://${host}`, "sec-fetch-site": "same-origin" })).toBe(421);
  expect(hub.asked).toEqual([]);
  const { port } = new URL(portal.url);
  const localhost = `localhost:${port}`;
  expect(await send({ host: localhost, origin: `http://${localhost}` })).toBe(409);
});

test("what is not a form of ours is refused before anybody is asked", async () => {
  const id = "0197d3a2-7c1e-7aaa-8bbb-000000000001";
  const forms: [string, string][][] = [
    [["request_id", id]],
    [["category", "2"]],
    [
      ["request_id", "?"],
      ["category", "2"],
    ],
    [
      ["request_id", id],
      ["category", "a b"],
    ],
    [
      ["request_id", id],
      ["category", "x".repeat(65)],
    ],
    [
      ["request_id", id],
      ...Array.from({ length: 101 }, (_, n): [string, string] => ["category", `${n}`]),
    ],
  ];
  for (const form of forms) {
    expect((await portal.post("/users/4001/delete", form)).status).toBe(400);
  }
  const long = await portal.post("/users/4001/delete", [["category", "x".repeat(20_000)]]);
  expect(long.status).toBe(413);
  const json = await fetch(`${portal.url}/users/4001/delete`, {
    method: "POST",
    headers: { origin: portal.url, "content-type": "application/json" },
    body: "{}",
  });
  expect(json.status).toBe(400);
  expect((await portal.post("/users/4002/delete", [])).status).toBe(404);
  const moods = [
    ["service", "other"],
    ["mood", "slow"],
  ] as const;
  expect((await portal.post("/users/4001/mood", moods)).status).toBe(400);
  expect(hub.asked).toEqual([]);
});

test("a mood is passed on to the service, and only one that can be one", async () => {
  service.asked.length = 0;
  const set = (mood: string) =>
    portal.post("/users/4001/mood", [
      ["service", "shop"],
      ["mood", mood],
    ]);
  const done = await set("slow");
  expect([done.status, done.headers.get("location")]).toEqual([303, "/users/4001?notice=mood"]);
  expect(service.asked).toEqual(["POST /mood"]);
  expect((await set("../x")).headers.get("location")).toBe("/users/4001?notice=no_mood");
  expect(service.asked).toEqual(["POST /mood"]);
});
