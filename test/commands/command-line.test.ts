import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { commands } from "../../src/commands/table.ts";
import { makeFolder, makeKey, smallest } from "../config/samples.ts";
import { createDatabase } from "../support/database.ts";
import { runTakeout } from "./run-takeout.ts";

describe.concurrent("help", () => {
  test("the list names every command", async () => {
    const { code, stdout, stderr } = await runTakeout(["help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 9)}`, "m"));
    }
    expect(stdout).toContain("data/hub.env");
  });

  test("--version says which hub this is", async () => {
    const told = await runTakeout(["--version"]);
    expect(told).toMatchObject({ code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  });

  test("--help after a command shows its options, whatever else is there", async () => {
    const { code, stdout } = await runTakeout(["ticket", "user", "--bogus", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: npm run takeout -- ticket user [OPTIONS]");
    expect(stdout).toContain("--uid UID");
  });

  test("without a command the list goes to stderr, so that no script takes it for a result", async () => {
    const { code, stdout, stderr } = await runTakeout([]);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toContain("config check");
  });
});

test.concurrent.each([
  [["serv"], 'unknown command "serv"; npm run takeout -- help lists them all'],
  [["keys"], 'unknown command "keys"; did you mean keys new?'],
  [
    ["ticket", "x"],
    'unknown command "ticket x"; did you mean ticket service or ticket user or ticket operator?',
  ],
  [["up", "--nope"], "Unknown option '--nope'; npm run takeout -- help up shows its options"],
  [["up", "now"], "Unexpected argument 'now'"],
  [["work", "--only", "delete,mail"], '--only: "mail" is no queue; there are delete, export'],
  [["keys", "new", "--alg", "RS256"], '--alg: expected EdDSA or ES256, got "RS256"'],
  [["ticket", "user"], "--uid is required"],
  [["ticket", "user", "--uid", "04001"], "--uid: expected a decimal number"],
  [
    ["ticket", "user", "--uid", "4001", "--ttl", "16m"],
    "--ttl: expected a duration of whole seconds, at most 15m",
  ],
])("a command line that makes no sense ends with 64 and a hint: %j", async (args, hint) => {
  const { code, stdout, stderr } = await runTakeout(args);
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr).toContain(hint);
});

const secrets = {
  DATABASE_URL: "postgres://127.0.0.1:1/takeout",
  TAKEOUT_SECRET: randomBytes(32).toString("base64"),
  TAKEOUT_SIGNING_KEY: JSON.stringify(makeKey().privateJwk),
};

describe("config check", () => {
  test("a good configuration is ok and told", async () => {
    using folder = makeFolder({ "takeout.yaml": smallest });
    const env = { ...secrets, TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const { code, stdout, stderr } = await runTakeout(["config", "check"], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok\n/);
    expect(stdout).toContain("realty (1)");
  });

  test("a good file is ok without an environment, and what that lacks is named", async () => {
    using folder = makeFolder({ "takeout.yaml": smallest });
    const env = { TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const { code, stdout } = await runTakeout(["config", "check"], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok\n/);
    expect(stdout).toContain("still needs DATABASE_URL, TAKEOUT_SECRET, TAKEOUT_SIGNING_KEY");
  });

  test("which key signs is told, and which are shown beside it", async () => {
    using folder = makeFolder({ "takeout.yaml": smallest });
    const env = { ...secrets, TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const more = JSON.stringify({ ...makeKey().publicJwk, kid: "the-next" });
    const shown = { ...env, DATABASE_URL: "", TAKEOUT_SIGNING_KEY_OLD: more };
    const { stdout } = await runTakeout(["config", "check"], shown);
    expect(stdout).toMatch(/^ +keys +signs with \S+, also shown: the-next$/m);
  });

  test("a good file beside a bad variable is said to be fine, and the process ends with 78", async () => {
    using folder = makeFolder({ "takeout.yaml": smallest });
    const env = { TAKEOUT_CONFIG: join(folder.path, "takeout.yaml"), TAKEOUT_SECRET: "short" };
    const { code, stdout, stderr } = await runTakeout(["config", "check"], env);
    expect(code).toBe(78);
    expect(stdout).toMatch(/^the file is fine\n/);
    expect(stderr).toMatch(/^TAKEOUT_SECRET: expected 32 bytes in base64/);
  });
});

test.concurrent.each(["up", "serve", "work", "config check"])(
  "every fault is told, one a line, and the process ends with 78: %s",
  async (command) => {
    using folder = makeFolder({
      "takeout.yaml": smallest.replace("keys:", "after: [orders], attempts: 0, keys:"),
    });
    const env = { ...secrets, PORT: "x", TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const { code, stdout, stderr } = await runTakeout(command.split(" "), env);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toEqual([
      "PORT: expected a port, 0 to 65535",
      "services.realty.attempts: must be at least 1",
      'services.realty.after[0]: names no service: "orders"',
    ]);
  },
);

describe("migrate", () => {
  test("an empty database gets every table, with nothing but its address, and doing it again is harmless", async () => {
    await using database = await createDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const tables =
        "select count(*)::int as n from pg_tables where schemaname !~ '^pg_|^information'";
      const before = (await client.query(tables)).rows;
      expect(before[0].n).toBeGreaterThan(5);
      await client.query(`do $$ declare s text; begin
        for s in select nspname from pg_namespace where nspname !~ '^pg_|^information' loop
          execute format('drop schema %I cascade', s); end loop; end $$; create schema public`);
      for (const _ of ["first", "again"]) {
        const env = { DATABASE_URL: database.url };
        expect(await runTakeout(["migrate"], env)).toEqual({ code: 0, stdout: "", stderr: "" });
      }
      expect((await client.query(tables)).rows).toEqual(before);
    } finally {
      await client.end();
    }
  });

  test("without an address it ends with 78", async () => {
    expect(await runTakeout(["migrate"])).toMatchObject({
      code: 78,
      stderr: "DATABASE_URL: is not set\n",
    });
  });

  test("without a database it ends with 69 and says why", async () => {
    const { code, stderr } = await runTakeout(["migrate"], secrets);
    expect([code, stderr]).toEqual([69, "the database is not there (ECONNREFUSED)\n"]);
  });

  test("a column that it misses is no database that is away", async () => {
    await using database = await createDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("alter table drizzle.__drizzle_migrations drop column created_at");
    await client.end();
    const { code, stderr } = await runTakeout(["migrate"], { DATABASE_URL: database.url });
    expect(code).toBe(70);
    expect(stderr).toContain('column "created_at" does not exist');
  });
});

describe.concurrent("a database that lets nobody in is a fault of DATABASE_URL", () => {
  const nobody = new URL(inject("adminUrl"));
  nobody.password = "wrong";
  const nothing = new URL(inject("adminUrl"));
  nothing.pathname = "no_such_database";

  test.each([
    ["migrate", nobody.href, "password authentication failed"],
    ["migrate", nothing.href, 'database "no_such_database" does not exist'],
    ["audit export --from 2026-05-01", nobody.href, "password authentication failed"],
    ["up", nothing.href, 'database "no_such_database" does not exist'],
  ])("%s", async (command, url, why) => {
    using folder = makeFolder({ "takeout.yaml": smallest });
    const env = { ...secrets, DATABASE_URL: url, LOG_LEVEL: "silent", PORT: "0" };
    const configured = { ...env, TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const { code, stdout, stderr } = await runTakeout(command.split(" "), configured);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr).toMatch(/^DATABASE_URL: .+\n$/);
    expect(stderr).toContain(why);
  });
});

test.concurrent("an address that cannot be listened on is told like any other fault of the environment", async () => {
  using folder = makeFolder({ "takeout.yaml": smallest });
  await using database = await createDatabase();
  await using taken = await takePort();
  const env = {
    ...{ ...secrets, DATABASE_URL: database.url },
    ...{ TAKEOUT_CONFIG: join(folder.path, "takeout.yaml"), LOG_LEVEL: "silent" },
  };
  const port = String(taken.port);
  const told = async (command: string, more: NodeJS.ProcessEnv) => {
    const { code, stderr } = await runTakeout([command], { ...env, ...more });
    return [code, stderr];
  };
  expect(await told("serve", { PORT: port })).toEqual([
    78,
    `PORT: ${port} is taken on 127.0.0.1\n`,
  ]);
  expect(await told("work", { WORK_PORT: port })).toEqual([
    78,
    `WORK_PORT: ${port} is taken on 127.0.0.1\n`,
  ]);
  expect(await told("up", { PORT: port, HOST: "192.0.2.1" })).toEqual([
    78,
    'HOST: "192.0.2.1" is no address of this machine\n',
  ]);
});

async function takePort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}
