import { execFile } from "node:child_process";
import {
  access,
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../support/tickets.ts";
import { type FakeHub, startFakeHub } from "./fake-hub.ts";
import { deleteBody } from "./running-service.ts";
import { bareEnv as env, pack, root } from "./support/packed.ts";

const run = promisify(execFile);

let folder: string;
let hub: FakeHub;
beforeAll(async () => {
  hub = await startFakeHub();
  folder = await mkdtemp(join(tmpdir(), "takeout sdk "));
  const tarball = await pack("sdk", folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const install = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", [...install, tarball], { cwd: folder, env });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("the package holds built JavaScript and declarations, and no TypeScript source", async () => {
  const all = await readdir(join(folder, "node_modules", "takeout-sdk"), { recursive: true });
  const sources = all.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  expect(sources).toEqual([]);
  expect(all).toContain("README.md");
  expect(all.filter((file) => file.endsWith(".js")).length).toBeGreaterThan(0);
  // Of what no part leads to, declarations serve nobody.
  expect(all).toContain("dist/sdk/src/service/run.js");
  expect(all).not.toContain("dist/sdk/src/service/run.d.ts");
});

interface Manifest {
  version: string;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
}

const installed = (...path: string[]) => join(folder, "node_modules", ...path);
const readManifest = async () =>
  JSON.parse(await readFile(installed("takeout-sdk", "package.json"), "utf8")) as Manifest;

test("whatever the package exports is there, with types that come before it", async () => {
  const { exports } = await readManifest();
  const parts = Object.entries(exports).filter(
    ([name]) => name.startsWith("./") && !/\*|json/.test(name),
  );
  expect(parts.length).toBeGreaterThan(5);
  for (const [name, target] of parts) {
    if (typeof target === "string") throw new Error(`${name} has no types`);
    // The first that fits is taken; the workspace's own condition fits nobody else.
    expect(Object.keys(target)).toEqual(["takeout-source", "types", "default"]);
    for (const file of [target.types, target.default]) {
      await access(installed("takeout-sdk", file));
    }
  }
});

test("the contract is packed, of the version that the changelog names, with nothing left out", async () => {
  const { version } = await readManifest();
  const read = (name: string) => readFile(installed("takeout-sdk", name), "utf8");
  const names = ["hub", "connected-service", "identity", "portal-storage", "common"];
  const files = await Promise.all(names.map((name) => read(`dist/openapi/${name}.yaml`)));
  const refs = files.flatMap((text) =>
    [...text.matchAll(/\$ref: "?([\w-]+\.yaml)/g)].map(([, to]) => to),
  );
  expect(
    [...new Set(refs)].filter((to) => !names.includes(String(to).replace(".yaml", ""))),
  ).toEqual([]);
  const contract = /^ {2}version: (\S+)$/m.exec(files[0] ?? "")?.[1];
  const changelog = await read("CHANGELOG.md");
  expect(changelog).toContain(`\n## ${version}\n\nContract ${contract}.\n`);
  expect(await read("README.md")).toContain(`| ${version} | ${contract} |`);
  const script = 'console.log(import.meta.resolve("takeout-sdk/openapi/hub.yaml"))';
  const { stdout } = await run("node", ["--input-type=module", "--eval", script], {
    cwd: folder,
    env,
  });
  expect(stdout.trim()).toMatch(/hub\.yaml$/);
});

/** Bytes of JavaScript that a part of the package loads, its own files alone. */
async function loadedBytes(part: string): Promise<number> {
  const seen = new Map<string, number>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    const text = await readFile(file, "utf8");
    seen.set(file, Buffer.byteLength(text));
    const targets = [...text.matchAll(/(?:from|import) "(\.[^"]+)"/g)].map(([, to]) => String(to));
    for (const to of targets) await visit(join(file, "..", to));
  };
  await visit(installed("takeout-sdk", "dist", "sdk", "src", `${part}.js`));
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function sizeOf(folder: string): Promise<number> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const kib = 1024;

/** What the README says of a size, in bytes. */
async function statedBytes(row: RegExp): Promise<number> {
  const readme = await readFile(installed("takeout-sdk", "README.md"), "utf8");
  const [, stated] = row.exec(readme) ?? [];
  if (stated === undefined) throw new Error(`the README says nothing of ${row}`);
  return Number(stated) * kib;
}

/** The README flatters nobody, and is not out of date either. */
async function expectStated(what: string, bytes: number, row: RegExp): Promise<void> {
  const stated = await statedBytes(row);
  expect(bytes, what).toBeLessThanOrEqual(stated);
  expect(bytes, what).toBeGreaterThan(stated * 0.8);
}

test("the package and what it depends on keep to their budgets, which the README states", async () => {
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  const { size } = await stat(join(folder, tarball));
  await expectStated("the tarball", size, /package itself is (\d+) KiB/);
  const budgets = { index: 35, service: 125, tickets: 20, node: 5, testing: 70, postgres: 32 };
  for (const [part, budget] of Object.entries({ ...budgets, conformance: 140 })) {
    const bytes = await loadedBytes(part);
    expect(bytes, part).toBeLessThan(budget * kib);
    const name = part === "index" ? "takeout-sdk" : `/${part}`;
    await expectStated(part, bytes, new RegExp(`^\\| \`${name}\`.*\\| (\\d+) KiB \\|$`, "m"));
  }
  const { dependencies, peerDependenciesMeta } = await readManifest();
  expect(Object.keys(dependencies)).toEqual(["jose", "openapi-fetch"]);
  expect(peerDependenciesMeta).toEqual({ "graphile-worker": { optional: true } });
  const others = (await readdir(installed())).filter((name) => !/^\.|^takeout-sdk$/.test(name));
  expect(others.sort()).toEqual(["jose", "openapi-fetch", "openapi-typescript-helpers"]);
  for (const name of others) {
    const row = new RegExp(`^\\| \`${name}\` \\| (\\d+) KiB`, "m");
    await expectStated(name, await sizeOf(installed(name)), row);
  }
  expect(await sizeOf(installed())).toBeLessThan(1_500 * kib);
});

const program = `
import { createTakeoutClient } from "takeout-sdk";
import { category, createTakeoutService, erased } from "takeout-sdk/service";
import { createTicketSigner } from "takeout-sdk/tickets";
import { createNodeHandler } from "takeout-sdk/node";
import { createFakeHub } from "takeout-sdk/testing";

const { key, hubUrl, ticket, call } = JSON.parse(process.env.INPUT);
for (const name of ["", "/service", "/tickets", "/node", "/testing", "/conformance", "/postgres"].map((part) => "takeout-sdk" + part)) {
  if (!import.meta.resolve(name).endsWith(".js")) throw new Error(name + " is no JavaScript");
}
const options = { service: "realty", signingKey: key, hub: { url: hubUrl, client: "takeout" } };
const held = category("1", { status: async () => "empty", delete: async () => erased() });
const service = createTakeoutService({ ...options, categories: [held] });
const answer = await service.fetch(new Request("http://localhost/v1/takeout/delete/", {
  method: "POST",
  headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
  body: JSON.stringify(call),
}));
await createTakeoutClient(options).setDataStatus({ yandex_uid: "4001", category_id: "2", state: "deleted" });
const own = await createTicketSigner(options).ticketFor("takeout");
await service.close();
console.log(JSON.stringify({ version: process.version, status: answer.status, own: own.split(".").length }));
`;

test("a stranger's own Node runs a service and a report from the tarball", async () => {
  await writeFile(join(folder, "main.js"), program);
  const realty = await createClient("realty");
  const input = {
    key: realty.privateJwk,
    hubUrl: hub.url,
    ticket: await hub.client.serviceTicket("realty"),
    call: deleteBody,
  };
  const { stdout } = await run("node", ["main.js"], {
    cwd: folder,
    env: { ...env, INPUT: JSON.stringify(input) },
  });
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ status: 200, own: 3 });
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(told.version)?.map(Number) ?? [];
  expect((major ?? 0) * 100 + (minor ?? 0)).toBeGreaterThanOrEqual(2_019);
  expect(hub.reports.map(({ body }) => body.category_id)).toEqual(["1", "2"]);
});

test.each([
  ["a stranger's own Node", "node"],
  ["the newest that it is made for", process.execPath],
])("what publishing tries in every runtime works in %s", async (_, runtime) => {
  await copyFile(join(root, "sdk", "scripts", "smoke.mjs"), join(folder, "smoke.mjs"));
  const { stdout } = await run(runtime, ["smoke.mjs"], { cwd: folder, env });
  expect(stdout).toBe("takeout-sdk works here\n");
});

/** The words before a program's name that make a runtime run it, where it is at hand: nothing is fetched for it. */
async function findRuntime(wanted: string): Promise<readonly string[] | undefined> {
  const [name = ""] = wanted.split("@");
  const cached = ["npm", "exec", "--offline", "--yes", `--package=${wanted}`, "--", name];
  for (const [command = "", ...args] of [[name], cached]) {
    const limits = { cwd: folder, env, timeout: 60_000 };
    const found = await run(command, [...args, "--version"], limits).catch(() => undefined);
    if (found) return [command, ...args];
  }
  return undefined;
}

test.for([
  ["Bun", "bun@1", []],
  ["Deno", "deno@2", ["run", "--allow-all"]],
] as const)("it works in %s too, where that is at hand", async ([, wanted, flags], { skip }) => {
  const [command = "", ...args] = (await findRuntime(wanted)) ?? [];
  if (!command) return skip("it is not here");
  await copyFile(join(root, "sdk", "scripts", "smoke.mjs"), join(folder, "smoke.mjs"));
  const { stdout } = await run(command, [...args, ...flags, "smoke.mjs"], { cwd: folder, env });
  expect(stdout).toContain("takeout-sdk works here\n");
});

test("the conformance kit is a command of the package", async () => {
  const { stdout } = await run("npx", ["--no-install", "takeout-conform", "--help"], {
    cwd: folder,
    env,
  });
  expect(stdout).toContain("takeout-conform URL --service NAME --categories 1,2 --listen PORT");
  const other = run("npx", ["--no-install", "takeout-conform", "--mood"], { cwd: folder, env });
  await expect(other).rejects.toMatchObject({ code: 2 });
});

test("a stranger's strict TypeScript compiles against the declarations", async () => {
  const source = `
    import { createTakeoutClient, type DataStatusReport } from "takeout-sdk";
    import { category, createTakeoutService, denied, erased, exportItem, json, type TakeoutService } from "takeout-sdk/service";
    import { createTicketVerifier, type TicketCheck } from "takeout-sdk/tickets";
    import { createNodeHandler, type NodeHandler } from "takeout-sdk/node";
    import { createFakeHub, createMemoryStore } from "takeout-sdk/testing";
    import { type ConformanceReport, runConformance, testConformance } from "takeout-sdk/conformance";
    const hub = { url: process.env.TAKEOUT_HUB_URL, client: "takeout" };
    const signingKey = process.env.TAKEOUT_SERVICE_KEY;
    const held = category("4", {
      status: async ({ uids }) => (uids.length > 0 ? "ready_to_delete" : denied("debt")),
      delete: async ({ before }) => { before.getTime(); return erased(); },
    });
    export const service: TakeoutService = createTakeoutService({ service: "realty", signingKey, hub, categories: [held] });
    const report: DataStatusReport = { yandex_uid: "1", category_id: "4", state: "deleted", outcome: "erased" };
    await createTakeoutClient({ service: "realty", signingKey, hub }).setDataStatus(report);
    export const run: () => Promise<ConformanceReport> = () =>
      runConformance({ url: "http://127.0.0.1:4101", service: "realty", categories: ["4"], listen: 4999, restart: "true" });
    testConformance((_name, _run, _timeoutMs) => {}, async () => ({ url: "", service: "", categories: [], listen: "1" }));
    export const listener: NodeHandler = createNodeHandler(service);
    export const hub2 = await createFakeHub({ service: "realty" });
    export const kept = createTakeoutService({ ...hub2.serviceOptions, categories: [held], store: createMemoryStore() });
    export const check: TicketCheck = await createTicketVerifier({ service: "realty", hub }).verify("");
    export const atOnce = category("5", {
      status: ({ uids }) => (uids.length > 0 ? "empty" : denied("debt")),
      delete: () => erased(),
      exports: [exportItem("at-once", () => json(1))],
    });
    export const mixed = category("6", { status: async () => "empty", delete: () => erased() });
    export const single = category("7", { status: ({ uids }) => (uids.length > 0 ? "ready_to_delete" : "empty"), delete: async () => erased() });
    // @ts-expect-error no such state
    export const noState = category("8", { status: () => "gone", delete: () => erased() });
    // @ts-expect-error no such state
    export const noPromise = category("9", { status: async () => "gone", delete: async () => erased() });
    export const later: Promise<unknown> = atOnce.delete({} as never);
    export const plain = createNodeHandler({ fetch: () => new Response() });
    void (() => runConformance({ url: "", service: "", categories: [], listen: 0, seed: () => {}, restart: () => {} }));
    export const one = exportItem("one", async () => json(JSON.parse("{}")));
    export const any = <T>(load: () => Promise<T>) => exportItem("any", async () => json(await load()));
    // @ts-expect-error a forgotten await
    export const early = exportItem("early", async () => json(Promise.resolve(1)));
    // @ts-expect-error no such state
    export const wrong: DataStatusReport = { yandex_uid: "1", category_id: "4", state: "gone" };
  `;
  await writeFile(join(folder, "main.ts"), source);
  const tsconfig = {
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      module: "nodenext",
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
    },
    files: ["main.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const compiled = await run(process.execPath, [tsc, "-p", folder], { env }).then(
    () => "",
    (failure: { stdout: string }) => failure.stdout,
  );
  expect(compiled).toBe("");
});
