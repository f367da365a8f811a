import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, makeKey, someKeys } from "../config/samples.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Behaviour, type FakeService, startFakeService } from "../support/fake-service.ts";
import { runTakeout } from "./run-takeout.ts";

let travel: FakeService;
let database: TestDatabase;
let folder: ReturnType<typeof makeFolder>;
let env: Record<string, string>;

beforeAll(async () => {
  travel = await startFakeService("travel");
  database = await createDatabase();
  const keys = JSON.stringify(travel.client.jwks);
  folder = makeFolder({
    "takeout.yaml": `
portals: { passport: { keys: ${someKeys} } }
categories: [{ id: "1", slug: favorites }]
services: { travel: { url: "${travel.url}", keys: ${keys}, completion: answer } }`,
  });
  env = {
    DATABASE_URL: database.url,
    TAKEOUT_CONFIG: join(folder.path, "takeout.yaml"),
    TAKEOUT_SECRET: randomBytes(32).toString("base64"),
    TAKEOUT_SIGNING_KEY: JSON.stringify(makeKey().privateJwk),
    LOG_LEVEL: "silent",
  };
});
afterAll(async () => {
  await travel[Symbol.asyncDispose]();
  await database.drop();
  folder[Symbol.dispose]();
});

test("service check says what it found, and that all is well", async () => {
  travel.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  const { code, stdout, stderr } = await runTakeout(["service", "check", "travel"], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^reachable +yes$/m);
  expect(stdout).toMatch(/^hub's ticket +accepted by the service$/m);
  expect(stdout).toMatch(/^its ticket +not needed/m);
  expect(stdout).toMatch(/^its clock +(right, to a second|\d+ s (ahead|behind))$/m);
  expect(stdout).toMatch(/^categories +all$/m);
});

test("it ends with 69 where deletions would not work", async () => {
  travel.onStatus = () => ({ status: 401 });
  const { code, stdout, stderr } = await runTakeout(["service", "check", "travel"], env);
  expect({ code, stderr }).toEqual({ code: 69, stderr: "travel is not ready\n" });
  expect(stdout).toMatch(/^went wrong +http_401$/m);
  expect(stdout).toMatch(/^hub's ticket +refused by the service$/m);
});

test.each([
  ["ahead", 3_600_000],
  ["behind", -3_600_000],
])("a clock that is wrong is said to be %s", async (side, byMs) => {
  const date = () => new Date(Date.now() + byMs).toUTCString();
  travel.onStatus = () => ({
    status: 200,
    body: { data_state: "empty" },
    headers: { date: date() },
  });
  const { code, stdout } = await runTakeout(["service", "check", "travel"], env);
  expect(code).toBe(69);
  expect(stdout).toMatch(new RegExp(`^its clock +3[56]\\d\\d s ${side}$`, "m"));
});

test.each<[string, Behaviour]>([
  ["refuses the hub's ticket", () => ({ status: 401 })],
  ["cannot answer now", () => ({ status: 503 })],
  ["answers what nobody can read", () => ({ status: 200, body: "<html>" })],
])("of a service that %s it does not say that categories are missing", async (_, behaviour) => {
  travel.onStatus = behaviour;
  const { stdout } = await runTakeout(["service", "check", "travel"], env);
  expect(stdout).toMatch(/^categories +not known$/m);
});

test("a category that the service left out is named, and nothing of one that is not there is", async () => {
  travel.onStatus = () => ({ status: 200, body: { categories: [otherCategory] } });
  const left = await runTakeout(["service", "check", "travel"], env);
  expect([left.code, left.stdout]).toEqual([
    69,
    expect.stringMatching(/^categories +missing: 1$/m),
  ]);
  const gone = await startFakeService("travel");
  await gone[Symbol.asyncDispose]();
  const configuration = await readFile(join(folder.path, "takeout.yaml"), "utf8");
  const file = join(folder.path, "gone.yaml");
  await writeFile(file, configuration.replace(travel.url, gone.url));
  const absent = await runTakeout(["service", "check", "travel"], { ...env, TAKEOUT_CONFIG: file });
  expect(absent.stdout).toMatch(/^went wrong +no_connection$/m);
  expect(absent.stdout).toMatch(/^categories +not known$/m);
});

const otherCategory = { id: "2", data_state: "empty" };

test("without a name, with one that is not configured, and without a database it says what is wrong", async () => {
  const none = await runTakeout(["service", "check"], env);
  expect([none.code, none.stderr]).toEqual([64, "NAME is required: which service?\n"]);
  const unknown = await runTakeout(["service", "check", "trevel"], env);
  expect([unknown.code, unknown.stderr]).toEqual([
    64,
    'no service "trevel" is configured; there are travel\n',
  ]);
  const two = await runTakeout(["service", "check", "travel", "mail"], env);
  expect([two.code, two.stderr]).toEqual([
    64,
    expect.stringContaining("Unexpected argument 'mail'"),
  ]);
  const away = { ...env, DATABASE_URL: "postgres://127.0.0.1:1/takeout" };
  const gone = await runTakeout(["service", "check", "travel"], away);
  expect([gone.code, gone.stderr]).toEqual([69, "the database is not there\n"]);
});

test("ticket operator needs a login", async () => {
  const { code, stderr } = await runTakeout(["ticket", "operator"], env);
  expect([code, stderr]).toEqual([64, "--login is required\n"]);
});
