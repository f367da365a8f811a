import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { createFakeHub, type FakeHub } from "takeout-sdk/testing";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { errorCodes } from "../../generated/error-codes.ts";
import { readConfigFile } from "../../src/config/read-config.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { findFreePort } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";
import { createClient } from "../support/tickets.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const readme = readFileSync(join(root, "sdk", "README.md"), "utf8");
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text ?? "",
  name: /^(?:\/\/|#) (\S+)\n/.exec(text ?? "")?.[1],
}));
const programs = blocks.filter(({ language }) => /^[jt]s$/.test(String(language)));
const commands = blocks.filter(({ language, name }) => language === "sh" && name);

let folder: string;
let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout sdk readme "));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  // What it says beside `npm install`, which leaves an empty one.
  await writeFile(join(folder, "package.json"), "{}");
  for (const [, setting = ""] of readme.matchAll(/^npm pkg set (\S+)/gm))
    await run("npm", ["pkg", "set", setting], { cwd: folder });
  for (const { name, text } of [...programs, ...commands])
    await writeFile(join(folder, String(name)), text);
  database = await createDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(blocks.find(({ language }) => language === "sql")?.text ?? "");
  await sql`create table feedback (id bigint generated always as identity, uid text, created_at timestamptz)`;
  await sql`insert into favorites values
    ('4001', 'old', '2026-01-01'), ('4001', 'new', '2026-03-01'), ('4002', 'other', '2026-01-01')`;
  await sql`insert into feedback (uid, created_at)
    select '4001', '2026-01-01' from generate_series(1, 2500)`;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const tried = [
  "server.mjs",
  "seed.mjs",
  "favorites.test.ts",
  "long.ts",
  "frameworks.ts",
  "queue.ts",
  "proxy.ts",
  "legacy.ts",
  "report.ts",
  // Compiled here; test/conformance/vitest-helper.test.ts runs the same.
  "conformance.test.ts",
];

test("every program that it shows has a name, and a test", () => {
  expect(programs.map(({ name }) => name).sort()).toEqual([...tried].sort());
  expect(commands.map(({ name }) => name)).toEqual(["keys.sh", "start.sh", "check.sh"]);
});

test("every program that it shows compiles, as strictly as TypeScript can", async () => {
  const tsconfig = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      allowJs: true,
      checkJs: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
    },
    include: [],
    files: programs.map(({ name }) => name),
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const compiled = await run(process.execPath, [tsc, "-p", folder]).then(
    () => "",
    (failure: { stdout: string }) => failure.stdout,
  );
  expect(compiled).toBe("");
});

/** Runs a program as a process of its own, as a service that the hub knows. */
async function serve(file: string, hub: FakeHub) {
  const port = await findFreePort();
  const running = startProcess(process.execPath, [join(folder, file)], {
    env: { ...process.env, ...envOf(hub), DATABASE_URL: database.url, PORT: `${port}` },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`${file} ${running.output()}`, () =>
    fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    ),
  );
  hub.connect(url);
  return running;
}

function envOf({ serviceOptions: { hub, signingKey } }: FakeHub) {
  return { TAKEOUT_HUB_URL: hub.url, TAKEOUT_SERVICE_KEY: JSON.stringify(signingKey) };
}

/** Runs statements beside a program, with a hub of its own, and gives what they print. */
async function script(file: string, service: string, statements: string, env: object = {}) {
  const text = `
    import { createFakeHub } from "takeout-sdk/testing";
    const hub = await createFakeHub({ service: "${service}", completion: process.env.COMPLETION, port: 0 });
    process.env.TAKEOUT_SERVICE_KEY = JSON.stringify(hub.serviceOptions.signingKey);
    process.env.TAKEOUT_HUB_URL = hub.url;
    const shown = await import("./${file}");
    const print = (value) => console.log(JSON.stringify(value));
    ${statements}
    await hub[Symbol.asyncDispose]();`;
  await writeFile(join(folder, `${file}.mjs`), text);
  const { stdout } = await run(process.execPath, [`${file}.mjs`], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test("server.mjs tells, deletes up to the fence, exports, reports, and ends when it is asked to", async () => {
  await using hub = await createFakeHub({ service: "realty", port: 0 });
  await using running = await serve("server.mjs", hub);
  const user = { uids: ["4001"] };
  expect(await hub.status(user, ["4"])).toEqual({ "4": "ready_to_delete" });
  const job = await hub.export(user, ["4"]);
  expect(JSON.parse(job.text("favorites.json"))).toHaveLength(2);
  const deletion = await hub.delete(user, ["4"], { before: new Date("2026-02-01") });
  expect(await deletion.ended()).toMatchObject([{ state: "deleted", outcome: "erased" }]);
  const left = await sql`select offer from favorites order by offer`;
  expect(left.map(({ offer }) => offer)).toEqual(["new", "other"]);
  expect((await hub.call("/v1/takeout/status/", {}, { "x-ya-service-ticket": "x" })).status).toBe(
    401,
  );
  running.child.kill("SIGTERM");
  expect(await running.exit).toEqual({ code: 0, signal: null });
});

test("what it shows from the empty folder on makes a service that conforms", async () => {
  const [port, listen] = [await findFreePort(), await findFreePort()];
  const kit = `node "${join(root, "sdk/src/conformance/main.ts")}"`;
  const check = commands.find(({ name }) => name === "check.sh")?.text ?? "";
  const filled = check.replace("npx takeout-conform", kit).replaceAll("4101", `${port}`);
  await writeFile(join(folder, "check.sh"), filled.replaceAll("4999", `${listen}`));
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: path, DATABASE_URL: database.url, PORT: `${port}` };
  await run("sh", ["keys.sh"], { cwd: folder, env });
  try {
    // Into a file: the service that is left running would hold a pipe open.
    const { stdout } = await run("sh", ["-c", "sh check.sh >check.log 2>&1; cat check.log"], {
      cwd: folder,
      env,
    });
    expect(stdout).toContain("realty: conforms\n");
  } finally {
    process.kill(Number(await readFile(join(folder, "server.pid"), "utf8")), "SIGKILL");
  }
});

test("favorites.test.ts passes", async () => {
  const { stdout } = await run(process.execPath, ["--test", "favorites.test.ts"], { cwd: folder });
  expect(stdout).toMatch(/pass 1\b/);
});

test("long.ts works in batches behind the answer", async () => {
  await using hub = await createFakeHub({ service: "feedback", port: 0 });
  await using running = await serve("long.ts", hub);
  const deletion = await hub.delete({ uids: ["4001"] }, ["5"]);
  expect(deletion.status).toBe(202);
  expect(await deletion.ended(20_000)).toMatchObject([{ outcome: "anonymized" }]);
  const [left] = await sql`select count(*)::int as rows from feedback where uid is not null`;
  expect(left?.rows).toBe(0);
  running.child.kill("SIGTERM");
  expect(await running.exit).toEqual({ code: 0, signal: null });
});

test("frameworks.ts serves in each of them", async () => {
  const statements = `
    const post = { method: "POST" };
    print((await shown.hono.request("/v1/takeout/status/", post)).status);
    print((await shown.POST(new Request("http://localhost/v1/takeout/status", post))).status);
    const server = shown.expressApp.listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    print((await fetch("http://127.0.0.1:" + server.address().port + "/v1/takeout/status/", post)).status);
    const address = await shown.fastifyApp.listen({ port: 0, host: "127.0.0.1" });
    print((await fetch(address + "/v1/takeout/status/", post)).status);
    server.closeAllConnections();
    server.close();
    await shown.fastifyApp.close();`;
  expect(await script("frameworks.ts", "realty", statements)).toEqual([401, 401, 401, 401]);
});

test("queue.ts takes a call on, and reports when its queue has done it", async () => {
  const statements = `
    hub.connect(shown.takeout);
    const user = { uids: ["4001"] };
    const deletion = await hub.delete(user, ["6"]);
    print([deletion.status, await hub.status(user, ["6"])]);
    await shown.work();
    print([deletion.part("6").state, await hub.status(user, ["6"])]);`;
  expect(await script("queue.ts", "rides", statements)).toEqual([
    [202, { "6": "delete_in_progress" }],
    ["deleted", { "6": "empty" }],
  ]);
});

test("proxy.ts says what those said who have the data", async () => {
  const statuses: Record<string, number> = { "/users/1": 204, "/users/2": 403, "/users/3": 500 };
  const archive = createServer((request, response) => {
    response.writeHead(statuses[(request.url ?? "").replace(/\?.*/, "")] ?? 404).end();
  });
  await new Promise<void>((done) => archive.listen(0, "127.0.0.1", done));
  const { port } = archive.address() as AddressInfo;
  const statements = `
    const { createTakeoutService } = await import("takeout-sdk/service");
    hub.connect(createTakeoutService({ ...hub.serviceOptions, categories: [shown.documents], log: () => {} }));
    for (const uid of ["1", "2", "3", "4"]) {
      const user = { uids: [uid] };
      const [part] = await (await hub.delete(user, ["7"])).ended();
      print([part.state, part.error?.code ?? part.outcome, part.retriable ?? null, (await hub.status(user, ["7"]))["7"]]);
    }`;
  const env = { ARCHIVE_URL: `http://127.0.0.1:${port}` };
  expect(await script("proxy.ts", "documents", statements, env)).toEqual([
    ["deleted", "erased", null, "ready_to_delete"],
    ["delete_failed", "archive_refused", false, "ready_to_delete"],
    ["delete_failed", "delete_failed", true, "ready_to_delete"],
    ["deleted", "erased", null, "empty"],
  ]);
  archive.closeAllConnections();
  await new Promise((closed) => archive.close(closed));
});

test("legacy.ts says it in the answer", async () => {
  const statements = `
    hub.connect(shown.takeout);
    const deletion = await hub.delete({ uids: ["4001"] }, ["1"]);
    print([deletion.status, deletion.part("1").outcome, deletion.reports.length]);`;
  const env = { COMPLETION: "answer" };
  expect(await script("legacy.ts", "travel", statements, env)).toEqual([[200, "erased", 0]]);
});

test("report.ts reports", async () => {
  const statements = "print(hub.received);";
  expect(await script("report.ts", "realty", statements)).toEqual([1]);
});

test("the hub takes the configuration that it shows", async () => {
  const shown = blocks.find(({ language }) => language === "yaml")?.text ?? "";
  const file = join(folder, "takeout.yaml");
  for (const [name, path] of [
    ["passport", "passport"],
    ["realty", "keys/realty"],
  ] as const) {
    const { jwks } = await createClient(name);
    await run("mkdir", ["-p", join(folder, "keys")]);
    await writeFile(join(folder, `${path}.jwks.json`), JSON.stringify(jwks));
  }
  await writeFile(
    file,
    `portals: { passport: { keys: ./passport.jwks.json } }
categories: [{ id: "4", slug: favorites }]
${shown}`,
  );
  expect(parse(shown)).toHaveProperty("services.realty.url");
  expect((await readConfigFile(file)).faults).toEqual([]);
});

/** The names of an interface's own properties, nested ones with a dot. */
function optionsOf(file: string, name: string): string[] {
  const text = readFileSync(join(root, "sdk", "src", file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (node): node is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(node) && node.name.text === name,
  );
  return found?.members.flatMap((member) => member.name?.getText() ?? []) ?? [];
}

test("every option stands in a table with its default", () => {
  const rows = readme.match(/^\| `[^|]*\|[^|]*\|[^|]+\|$/gm) ?? [];
  const named = new Set(
    rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([\w.]+)`/g)].map(([, name]) => name),
    ),
  );
  const options = [
    ...optionsOf("service/create.ts", "TakeoutServiceOptions"),
    ...optionsOf("client/client.ts", "TakeoutClientOptions").filter(
      (name) => !/^(hub|retry)$/.test(name),
    ),
    ...optionsOf("client/retry.ts", "RetryOptions").map((name) => `retry.${name}`),
    ...optionsOf("arguments.ts", "HubOptions").map((name) => `hub.${name}`),
    ...optionsOf("postgres/options.ts", "PostgresStoreOptions"),
    ...optionsOf("service/category.ts", "CategoryHandlers"),
  ];
  expect(options.length).toBeGreaterThan(20);
  expect(options.filter((name) => !named.has(name))).toEqual([]);
});

test("every code in the table of errors is one that can come", () => {
  const own = ["no_connection", "timeout", "unreadable_answer"];
  const table = readme.slice(
    readme.indexOf("| Error | `code` |"),
    readme.indexOf("All but the last"),
  );
  const codes = table
    .split("\n")
    .slice(2)
    .flatMap((row) =>
      [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)].map(([, code]) => String(code)),
    );
  expect(codes.length).toBeGreaterThan(8);
  expect(codes.filter((code) => !own.includes(code) && !(code in errorCodes))).toEqual([]);
});
