import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DocsAsset } from "../../generated/hub.ts";
import { createApp, operatingSurface } from "../../src/http/app.ts";
import { createDocsAssets } from "../../src/http/operations/get-docs-assets.ts";
import { type ListeningServer, listen } from "../../src/http/server.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { readAnswer } from "./support/answers.ts";

const require = createRequire(import.meta.url);
// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let hub: TestHub;
let server: ListeningServer;
/** What was really asked of the adapter that reads files. */
const asked: string[] = [];

beforeAll(async () => {
  hub = await createTestHub({ services: [] });
  const docsAsset = (name: DocsAsset) => {
    asked.push(name);
    return hub.context.http.docsAsset(name);
  };
  server = await listen(createApp({ ...hub.context.http, docsAsset }), {
    host: "127.0.0.1",
    port: 0,
  });
});
afterAll(async () => {
  await server.close();
  await hub[Symbol.asyncDispose]();
});

const get = (path: string, init?: RequestInit) =>
  fetch(`${server.address}${path}`, { redirect: "error", ...init });

test("who comes to a path that is none is told where the others are described, if they are here", async () => {
  const response = await get("/");
  const { code, detail } = (await response.json()) as { code: string; detail: string };
  expect([response.status, code]).toEqual([404, "not_found"]);
  const named = detail.match(/\/\S+/g) ?? [];
  expect(named).toEqual(["/docs", "/openapi/hub.yaml"]);
  for (const path of named) expect((await get(path)).status).toBe(200);
  const working = createApp(hub.context.http, operatingSurface);
  expect(await (await working.request("/")).json()).not.toHaveProperty("detail");
});

const policy = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "connect-src": "'self'",
  "img-src": "'self' data:",
  "font-src": "'self'",
  "frame-ancestors": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

function expectStrict({ headers }: Response): void {
  const directives = (headers.get("content-security-policy") ?? "").split("; ");
  const rows = directives.map((text) => [
    text.slice(0, text.indexOf(" ")),
    text.slice(text.indexOf(" ") + 1),
  ]);
  expect(Object.fromEntries(rows)).toEqual(policy);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
}

const assets: readonly [name: DocsAsset, type: string][] = [
  ["init.js", "text/javascript; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["page.css", "text/css; charset=utf-8"],
  ["connected-service.yaml", "application/yaml; charset=utf-8"],
  ["identity.yaml", "application/yaml; charset=utf-8"],
  ["portal-storage.yaml", "application/yaml; charset=utf-8"],
];

test.each(["/docs", "/docs/"])("%s is a page under a strict policy", async (path) => {
  const response = await get(path);
  expectStrict(response);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect((await readAnswer("getDocs", response)).status).toBe(200);
});

test("the page names only what the hub itself serves, and has nothing inline", async () => {
  const page = await (await get("/docs")).text();
  const links = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link]) => link ?? "");
  expect(links.length).toBeGreaterThan(6);
  for (const link of links.filter((one) => one !== "data:,")) {
    expect(link).toMatch(/^\/[a-z]/);
    expect([link, (await get(link)).status]).toEqual([link, 200]);
  }
  expect(page).not.toMatch(/<script>|<style|\sstyle=|\son\w+=/);
});

test.each(assets)("%s is served as %s, and may be cached", async (name, type) => {
  for (const path of [`/docs/${name}`, `/docs/${name}/`]) {
    const response = await get(path);
    expectStrict(response);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toMatch(/^public, max-age=[1-9]\d*$/);
    expect((await readAnswer("getDocsAsset", response)).status).toBe(200);
  }
});

test("script and style are those of the package, byte for byte", async () => {
  for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
    const served = Buffer.from(await (await get(`/docs/${name}`)).arrayBuffer());
    const packed = await readFile(require.resolve(`swagger-ui-dist/${name}`));
    expect(served.equals(packed)).toBe(true);
  }
});

test("every document of the contract can be chosen, stands alone, and says whose version it is", async () => {
  const page = await (await get("/docs")).text();
  const folder = join(import.meta.dirname, "..", "..", "api");
  const names = (await readdir(folder)).map((file) => file.replace(/\.yaml$/, ""));
  for (const name of names.filter((one) => one !== "common")) {
    const [link, path] =
      name === "hub" ? ["/docs", "/openapi/hub.yaml"] : [`/docs?${name}`, `/docs/${name}.yaml`];
    expect(page).toContain(`href="${link}"`);
    const served = await (await get(path)).text();
    const operations = (text: string) => text.match(/^ {6}operationId: .*$/gm);
    const own = await readFile(join(folder, `${name}.yaml`), "utf8");
    expect([name, operations(served)]).toEqual([name, operations(own)]);
    expect(served).not.toMatch(/\$ref: ["']?(?!["']?#)/);
  }
});

test("the page sends no requests for its reader and asks no validator", async () => {
  const script = await (await get("/docs/init.js")).text();
  expect(script).toContain("supportedSubmitMethods: []");
  expect(script).toContain("validatorUrl: null");
  expect(script).toContain('"/openapi/hub.yaml"');
});

test("HEAD has the same headers and no body, another method is refused", async () => {
  for (const path of ["/docs", ...assets.map(([name]) => `/docs/${name}`)]) {
    const head = await get(path, { method: "HEAD" });
    const type = (await get(path)).headers.get("content-type");
    expect([head.status, head.headers.get("content-type")]).toEqual([200, type]);
    expect(await head.text()).toBe("");
    const post = await get(path, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
});

/** The answer to a path that is sent as it is, where `fetch` would tidy it up first. */
async function statusOf(path: string): Promise<number> {
  const { hostname, port } = new URL(server.address);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Number(Buffer.concat(chunks).toString("utf8").split(" ")[1]);
}

test("no other name gets anything, and none reaches the file system", async () => {
  const names = [
    "index.html",
    "package.json",
    "swagger-ui-bundle.js.map",
    "SWAGGER-UI.CSS",
    "swagger-ui.css%00",
    "swagger-ui.css%20",
    "%2e%2e%2fpackage.json",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "..%5c..%5cpackage.json",
    "..%252fpackage.json",
    "../../package.json",
    "./../docs/../package.json",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "%ff",
    "%",
    "__proto__",
    "constructor",
    "toString",
    "x".repeat(10_000),
  ];
  asked.length = 0;
  for (const name of names) expect([name, await statusOf(`/docs/${name}`)]).toEqual([name, 404]);
  expect(asked).toEqual([]);
  await readAnswer("getDocsAsset", await get("/docs/index.html"));
});

test("a file is read once, however many ask", async () => {
  const read = createDocsAssets();
  expect(read("swagger-ui.css")).toBe(read("swagger-ui.css"));
});

const executablePath = "/usr/bin/chromium";
const isMissing = !existsSync(executablePath);

describe.skipIf(isMissing)(`in a browser (skipped without ${executablePath})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(() => browser?.close());

  const shown: readonly [path: string, source: string, operation: string, texts: string[]][] = [
    [
      "/docs",
      "/openapi/hub.yaml",
      "portal-deleteData",
      ["request_id", "request_id_conflict", "409", "429", "503"],
    ],
    [
      "/docs?connected-service",
      "/docs/connected-service.yaml",
      "-serviceExport",
      ["upload_url", "deadline"],
    ],
    ["/docs?identity", "/docs/identity.yaml", "-resolveIdentity", ["phone_ids", "complete"]],
    [
      "/docs?portal-storage",
      "/docs/portal-storage.yaml",
      "-finishExport",
      ["deadline_passed", "404"],
    ],
    ["/docs?../../secret", "/openapi/hub.yaml", "portal-getStatus", ["data"]],
  ];

  test.each(shown)(
    "%s is %s: %s opens and can be read, within the policy and from this hub alone",
    async (path, source, name, texts) => {
      await using context = await browser.newContext({ viewport: { width: 1280, height: 1600 } });
      const page = await context.newPage();
      page.setDefaultTimeout(150_000);
      const requested: string[] = [];
      const complaints: string[] = [];
      page.on("request", (request) => requested.push(request.url()));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.exposeFunction("tellViolation", (text: string) => complaints.push(text));
      await page.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
        tellViolation(event.violatedDirective + " " + event.blockedURI))`);

      await page.goto(`${server.address}${path}`);
      const operation = page.locator(`.opblock[id$="${name}"]`).first();
      await operation.locator(".opblock-summary-control").click();
      const opened = operation.locator(".opblock-body");
      await opened.locator(".responses-wrapper").waitFor();
      // The parts of an operation come one after another.
      for (const text of texts) await opened.filter({ hasText: text }).waitFor();
      const current = page.locator("#documents a[aria-current=page]");
      expect(await current.getAttribute("href")).toBe(path.includes("..") ? "/docs" : path);
      const weight = `getComputedStyle(document.querySelector("#documents a[aria-current=page]")).fontWeight`;
      expect(await page.evaluate(weight)).toBe("700");
      expect(await page.locator(".try-out, .execute, .authorize").count()).toBe(0);

      const foreign = requested.filter(
        (url) => !url.startsWith(`${server.address}/`) && !url.startsWith("data:"),
      );
      expect(foreign).toEqual([]);
      const documents = requested.filter((url) => url.endsWith(".yaml"));
      expect(documents).toEqual([`${server.address}${source}`]);
      expect(complaints).toEqual([]);
    },
  );
});
