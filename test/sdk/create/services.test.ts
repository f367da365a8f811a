import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNames } from "takeout-sdk/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { countLines, countOwnLines } from "../../../scripts/own-lines.ts";
import { common, type Framework, frameworks } from "../../../sdk/create/src/frameworks.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { findFreePort } from "../../support/ports.ts";
import { startProcess, until } from "../../support/processes.ts";
import { pack, root, runAsStranger, strangersEnv, unpack } from "../support/packed.ts";

const all = Object.entries<Framework>(frameworks);

/** One for each: words that mean something in JavaScript, or in the code around, and nothing to PostgreSQL. */
const categoryOf = (framework: string) =>
  ({ hono: "process", express: "hub", fastify: "new", next: "uid", nest: "fence" })[framework] ??
  "test";
const id = "cat.4";

let folder: string;
let sdk: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout services "));
  sdk = await pack("sdk", folder);
  const create = join(folder, "create");
  await unpack(await pack("sdk/create", folder), create);
  await linkModules(join(folder, "node_modules"));
  for (const [name] of all) {
    const args = [join(create, "dist", "main.js"), folderOf(name), "--framework", name];
    const more = ["--name", serviceOf(name), "--category", `${categoryOf(name)}=${id}`];
    await runAsStranger(process.execPath, [...args, ...more], { cwd: folder });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const serviceOf = (framework: string) => `my-${framework}`;
const folderOf = (framework: string) => join(folder, "services", framework);

/** As installed, without the registry: all is there but the SDK, which comes from its package. */
async function linkModules(modules: string): Promise<void> {
  await mkdir(modules);
  const known = await readdir(join(root, "node_modules"));
  for (const name of known.filter((one) => one !== "takeout-sdk")) {
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await unpack(sdk, join(modules, "takeout-sdk"));
}

test("a line is counted once it holds more than space and comments", () => {
  const code =
    "// no\n\nconst a = 1; // yes\n/* no\n no */\nconst b = `// yes\n`;\n  /** no */ f();\n";
  expect(countLines("a.ts", code)).toBe(4);
  expect(countLines("a.sql", "-- no\n\nselect 1; -- yes\n/* no\n*/ select 2;\n")).toBe(2);
});

test.each(all)("a service with %s is under 65 lines of its own", (name) => {
  const { service, tests } = countOwnLines(folderOf(name));
  expect(tests).toBeLessThan(50);
  expect(service).toBeGreaterThan(40);
  expect(service).toBeLessThan(65);
});

test.each(all)("with %s every name is the one that was chosen", async (name) => {
  const files = await readdir(folderOf(name), { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    expect(path).not.toContain("favorites");
    expect(await readFile(path, "utf8")).not.toMatch(
      /favorites|category-id|service-name|framework-title|build-command|"the", "command"|sdk-file|sdk-path|<!--/,
    );
  }
  const readme = await readFile(join(folderOf(name), "README.md"), "utf8");
  for (const text of [serviceOf(name), `\`${categoryOf(name)}\``, `["${id}"]`]) {
    expect(readme).toContain(text);
  }
});

test("what a service is made with is what it is tried with here", async () => {
  const manifest = async (...path: string[]) =>
    JSON.parse(await readFile(join(root, ...path, "package.json"), "utf8"));
  const own = await manifest();
  const tried: Record<string, string> = {
    ...own.dependencies,
    ...own.devDependencies,
    "takeout-sdk": `^${(await manifest("sdk")).version}`,
  };
  const asked = all.filter(([name]) => name !== "next").map(([, framework]) => framework);
  for (const { dependencies, devDependencies } of [common, ...asked] as Framework[]) {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([name, version]).toEqual([name, tried[name]]);
    }
  }
});

// One compiler for these: they differ in one file.
const alike = ["hono", "express", "fastify"];

test("strict TypeScript compiles them", async () => {
  const services = join(folder, "services");
  const file = "tsconfig.json";
  const own = await readFile(join(services, "http", file), "utf8");
  for (const name of alike) expect(await readFile(join(services, name, file), "utf8")).toBe(own);
  const include = alike.flatMap((name) => [`${name}/src`, `${name}/test`]);
  await writeFile(join(services, file), JSON.stringify({ ...JSON.parse(own), include }));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await runAsStranger(process.execPath, [tsc, "-p", services], { cwd: services });
});

/** What its continuous integration runs, but for the installation. */
async function stepsOf(service: string): Promise<string[]> {
  const workflow = parse(await readFile(join(service, ".github", "workflows", "ci.yml"), "utf8"));
  const steps = workflow.jobs.test.steps.flatMap(({ run }: { run?: string }) => run ?? []);
  return steps.filter((run: string) => run !== "npm ci");
}

/** Ports that are free, where the service has fixed ones. */
async function movePorts(service: string): Promise<void> {
  const [port, hub] = [await findFreePort(), await findFreePort()];
  for (const file of [".env.test", join("test", "conformance.test.ts")]) {
    const text = await readFile(join(service, file), "utf8");
    const moved = text.replaceAll("4199", `${port}`).replaceAll("4999", `${hub}`);
    await writeFile(join(service, file), moved);
  }
}

/** Next.js cannot be linked: its compiler follows no link out of the project. */
async function install(service: string): Promise<void> {
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await runAsStranger("npm", ["install", ...flags], { cwd: service });
  // As its continuous integration does: a platform's part that does not exist is refused here, and only here.
  await runAsStranger("npm", ["ci", "--dry-run", ...flags], { cwd: service });
}

describe.concurrent.each(all)("a service with %s", (name) => {
  let service: string;
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    service = folderOf(name);
    database = await createDatabase();
    env = { DATABASE_URL: database.url, NEXT_TELEMETRY_DISABLED: "1" };
    await movePorts(service);
    if (name === "next") await install(service);
  }, 240_000);
  afterAll(() => database.drop());

  test("passes what its continuous integration runs, the whole conformance kit included", async () => {
    const steps = await stepsOf(service);
    expect(steps).toEqual(["npm run typecheck", "npm test", "npm run conform"]);
    const said = new Map<string, string>();
    for (const step of steps.filter((one) => !isCompiledElsewhere(one, name))) {
      const [command = "", ...args] = step.split(" ");
      said.set(step, await runAsStranger(command, args, { cwd: service, env }));
    }
    expectPassed(said.get("npm test"), 1);
    expectPassed(said.get("npm run conform"), checkNames.length);
  }, 240_000);
});

/** Above, or when it is built. */
function isCompiledElsewhere(step: string, name: string): boolean {
  return step === "npm run typecheck" && name !== "http";
}

function expectPassed(said: string | undefined, tests: number): void {
  const counts = [...(said ?? "").matchAll(/^ℹ (pass|fail|cancelled|skipped|todo) (\d+)$/gm)];
  expect(Object.fromEntries(counts.map(([, word, count]) => [word, Number(count)]))).toEqual({
    pass: tests,
    fail: 0,
    cancelled: 0,
    skipped: 0,
    todo: 0,
  });
}

test.each(all)(
  "with %s it starts as it was made, lets only the hub in, and ends when told to",
  async (name) => {
    const service = folderOf(name);
    await using database = await createDatabase();
    const port = await findFreePort();
    // Its key and its hub are those that were written for it.
    const env = {
      ...strangersEnv,
      DATABASE_URL: database.url,
      PORT: `${port}`,
      HOST: "127.0.0.2",
    };
    const call = (host: string) =>
      fetch(`http://${host}:${port}/v1/takeout/status/`, { method: "POST", body: "{}" });
    const manifest = JSON.parse(await readFile(join(service, "package.json"), "utf8"));
    const [command, ...args] = manifest.scripts.start.split(" ");
    expect(command).toBe("node");
    await using started = startProcess(process.execPath, args, { cwd: service, env });
    const answer = await until(`an answer: ${started.output()}`, () =>
      call("127.0.0.2").catch(() => undefined),
    );
    await expect(call("127.0.0.1")).rejects.toThrow(TypeError);
    expect([answer.status, await answer.json()]).toEqual([
      401,
      expect.objectContaining({ code: "service_ticket_missing" }),
    ]);
    started.child.kill("SIGTERM");
    // Next.js has a way of its own to end.
    expect(await started.exit).toEqual({ code: name === "next" ? 143 : 0, signal: null });
  },
);

test.each(["start", "migrate"])(
  "without a database npm run %s ends, and one line says what is missing",
  async (script) => {
    const service = folderOf("http");
    const port = await findFreePort();
    const DATABASE_URL = `postgres://nobody:secret@127.0.0.1:${port}/nowhere`;
    const env = { ...strangersEnv, DATABASE_URL, PORT: `${await findFreePort()}` };
    const manifest = JSON.parse(await readFile(join(service, "package.json"), "utf8"));
    const [, ...args] = manifest.scripts[script].split(" ");
    await using started = startProcess(process.execPath, args, { cwd: service, env });
    expect(await started.exit).toEqual({ code: 1, signal: null });
    expect(started.output()).toBe(
      `DATABASE_URL: the database cannot be used: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    );
  },
);
