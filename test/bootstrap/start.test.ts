import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "../../scripts/embedded-postgres/process.ts";
import { demoServices } from "../../scripts/start/demo.ts";
import { findFreePort, listenAnywhere } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";

// npm start with the true orchestration and PostgreSQL, and with stand-ins for the hub and the service.

const projectRoot = join(import.meta.dirname, "..", "..");

let root: string;
const services = demoServices.map(({ name }) => name);
const portNames = ["PORT", "PORTAL_PORT", ...demoServices.map(({ variable }) => variable)];

let ports: Record<string, string>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "takeout start "));
  await cp(join(projectRoot, "scripts"), join(root, "scripts"), { recursive: true });
  await symlink(join(projectRoot, "node_modules"), join(root, "node_modules"));
  const standIn = join(import.meta.dirname, "fixtures", "stand-in.ts");
  for (const place of [
    "src/main.ts",
    ...[...services, "portal"].map((name) => `examples/${name}/main.ts`),
  ]) {
    await mkdir(join(root, place, ".."), { recursive: true });
    await cp(standIn, join(root, place));
  }
  const free = await Promise.all(portNames.map(async (name) => [name, `${await findFreePort()}`]));
  ports = Object.fromEntries(free);
});

afterEach(async () => {
  const left = (await postmasterPid()) ?? 0;
  if (left > 0 && isAlive(left)) process.kill(left, "SIGQUIT");
  await until("PostgreSQL to end", () => left === 0 || !isAlive(left));
  await rm(root, { recursive: true, force: true });
});

function start(env: NodeJS.ProcessEnv = {}) {
  const follow = `--import=${new URL("../../scripts/follow-parent.mjs", import.meta.url).href}`;
  const unset = { DATABASE_URL: "", TAKEOUT_CONFIG: "", TAKEOUT_SIGNING_KEY: "", TAKEOUT_DATA: "" };
  const { TAKEOUT_SECRET: _secret, ...inherited } = process.env;
  return startProcess(process.execPath, [follow, join(root, "scripts", "start.ts")], {
    cwd: root,
    env: { ...inherited, ...unset, ...ports, STAND_IN_ROOT: root, ...env },
  });
}

type Running = ReturnType<typeof start>;

function ready(running: Running): Promise<true> {
  return until("npm start", () => {
    if (running.child.exitCode !== null) throw new Error(running.output());
    return running.output().includes("ready in");
  });
}

async function stop(running: Running): Promise<void> {
  running.child.kill("SIGTERM");
  expect(await running.exit, running.output()).toEqual({ code: 0, signal: null });
}

async function events(): Promise<{ name: string; event: string; pid: number }[]> {
  const text = await readFile(join(root, "events.log"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const [name = "", event = "", pid = ""] = line.split(" ");
    return line === "" ? [] : [{ name, event, pid: Number(pid) }];
  });
}

async function postmasterPid(): Promise<number | undefined> {
  const text = await readFile(join(root, "data/postgres/postmaster.pid"), "utf8").catch(() => "");
  return text === "" ? undefined : Number(text.split("\n")[0]);
}

async function hubSays(): Promise<Record<string, string>> {
  return (await (await fetch(`http://127.0.0.1:${ports.PORT}/`)).json()) as Record<string, string>;
}

async function query(url: string | undefined, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function expectNothingLeft(): Promise<void> {
  for (const { pid } of await events()) expect(isAlive(pid)).toBe(false);
  expect(await postmasterPid()).toBeUndefined();
}

test("starts services and hub, and on SIGTERM stops hub, services and PostgreSQL in that order", async () => {
  await using running = start();
  await ready(running);
  expect(running.output()).toContain(`http://127.0.0.1:${ports.PORT}/health/ready`);
  await stop(running);
  const seen = (await events()).map(({ name, event }) => `${name} ${event}`);
  const all = services.length;
  expect(seen.slice(0, all).sort()).toEqual(services.map((name) => `${name} up`).sort());
  expect(seen.slice(all, all + 4)).toEqual([
    "hub up",
    "portal up",
    "portal stopped",
    "hub stopped",
  ]);
  expect(seen.slice(all + 4).sort()).toEqual(services.map((name) => `${name} stopped`).sort());
  await expectNothingLeft();
});

test("a second start has the same secret, signing key and rows", async () => {
  await using first = start();
  await ready(first);
  const before = await hubSays();
  await query(before.DATABASE_URL, "create table kept as select 42 as answer");
  await stop(first);
  await using second = start();
  await ready(second);
  const after = await hubSays();
  expect(after.TAKEOUT_SECRET).toBe(before.TAKEOUT_SECRET);
  expect(after.signingKey).toBe(before.signingKey);
  expect(await query(after.DATABASE_URL, "select answer from kept")).toEqual([{ answer: 42 }]);
  await stop(second);
});

test("secrets are of full length and readable by their owner alone", async () => {
  await using running = start();
  await ready(running);
  const { TAKEOUT_SECRET = "", signingKey = "" } = await hubSays();
  expect(Buffer.from(TAKEOUT_SECRET, "base64")).toHaveLength(32);
  expect(JSON.parse(signingKey)).toMatchObject({
    kty: "OKP",
    crv: "Ed25519",
    kid: expect.any(String),
  });
  const secrets = ["secret", "signing-key.jwk.json", "demo/keys/passport.jwk.json"];
  for (const name of secrets) {
    expect((await stat(join(root, "data", name))).mode & 0o777, name).toBe(0o600);
  }
  expect(await readFile(join(root, "data/demo/keys/passport.jwks.json"), "utf8")).not.toContain(
    '"d"',
  );
  await stop(running);
});

test.each(["PORT", "REALTY_PORT", "PAYMENTS_PORT"] as const)(
  "a taken %s is named, and nothing is started",
  async (name) => {
    const { server, port } = await listenAnywhere();
    await using running = start({ [name]: String(port) });
    expect(await running.exit).toEqual({ code: 1, signal: null });
    expect(running.output()).toBe(
      `takeout: port ${port} is taken: stop what listens there, or set ${name} to a free one\n`,
    );
    server.close();
  },
);

test.each(["hub", "realty"])(
  "a %s that cannot start ends everything with its reason",
  async (name) => {
    await using running = start({ STAND_IN_BROKEN: name });
    expect(await running.exit).toEqual({ code: 1, signal: null });
    expect(running.output()).toContain(`${name}: the reason why`);
    expect(running.output()).toMatch(/ended with exit code 9; see its message above/);
    await expectNothingLeft();
  },
);

test("a service that dies is started again", async () => {
  await using running = start();
  await ready(running);
  const realty = (await events()).find(({ name }) => name === "realty");
  process.kill(realty?.pid ?? 0, "SIGKILL");
  await until(
    "the service",
    async () => (await events()).filter((e) => e.name === "realty").length === 2,
  );
  await stop(running);
  await expectNothingLeft();
});

test("a hub that dies ends everything with a failure", async () => {
  await using running = start();
  await ready(running);
  const hub = (await events()).find(({ name }) => name === "hub");
  process.kill(hub?.pid ?? 0, "SIGKILL");
  expect(await running.exit).toEqual({ code: 1, signal: null });
  expect(running.output()).toContain("the hub was ended by SIGKILL");
  await expectNothingLeft();
});

test("after a SIGKILL hub and service stop by themselves, and the next start takes PostgreSQL over", async () => {
  await using running = start();
  await ready(running);
  const server = await postmasterPid();
  running.child.kill("SIGKILL");
  await until(
    "all of them to stop",
    async () =>
      (await events()).filter((e) => e.event === "stopped").length === 2 + services.length,
  );
  await using next = start();
  await ready(next);
  expect(await postmasterPid()).toBe(server);
  await stop(next);
  await expectNothingLeft();
});

test("a SIGTERM while it starts leaves nothing behind", async () => {
  await using running = start();
  await until("the first step", () => running.output().includes("starting PostgreSQL"));
  await stop(running);
  await expectNothingLeft();
});

test("help says what can be set, and starts nothing; a word that is not known is refused", async () => {
  const start = (arg: string) =>
    startProcess(process.execPath, [join(projectRoot, "scripts", "start.ts"), arg], { cwd: root });
  const helped = start("--help");
  await until("the help", () => helped.child.exitCode !== null);
  expect(helped.child.exitCode).toBe(0);
  for (const name of [...portNames, "TAKEOUT_DATA", "DATABASE_URL", "TAKEOUT_CONFIG"]) {
    expect(helped.output()).toContain(`  ${name} `);
  }
  const refused = start("--prot");
  await until("the refusal", () => refused.child.exitCode !== null);
  expect(refused.child.exitCode).toBe(1);
  expect(refused.output()).toContain('takes no "--prot"');
});
