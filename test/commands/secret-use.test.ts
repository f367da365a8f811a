import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rotateSecret } from "../../src/flows/rotate-secret.ts";
import { deriveKeyring } from "../../src/store/keys.ts";
import { createSubjects } from "../../src/store/subjects.ts";
import { makeFolder, makeKey, smallest } from "../config/samples.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { startKeyed } from "../support/keyed-process.ts";
import { runTakeout } from "./run-takeout.ts";

const [old, next] = [randomBytes(32), randomBytes(32)];
const [oldKeys, keys] = [deriveKeyring([old]).current, deriveKeyring([next]).current];
const [oldName, name] = [oldKeys.sealKeyId.slice(0, 8), keys.sealKeyId.slice(0, 8)];

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty]] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});

async function check(secret: Buffer, oldSecret?: Buffer, databaseUrl = hub.databaseUrl) {
  using folder = makeFolder({ "takeout.yaml": smallest });
  const { code, stdout, stderr } = await runTakeout(["config", "check"], {
    DATABASE_URL: databaseUrl,
    TAKEOUT_SECRET: secret.toString("base64"),
    ...(oldSecret && { TAKEOUT_SECRET_OLD: oldSecret.toString("base64") }),
    TAKEOUT_SIGNING_KEY: JSON.stringify(makeKey().privateJwk),
    TAKEOUT_CONFIG: join(folder.path, "takeout.yaml"),
  });
  const [, told = ""] = stdout.split(/^ {2}secrets {5}/m);
  return { code, stderr, lines: told.trimEnd().split(/\n +/) };
}

test("config check says which secrets the rows bear, until an old one may go", async () => {
  expect(await check(next, old)).toEqual({
    code: 0,
    stderr: "",
    lines: [
      `${name} (current): borne by nothing yet`,
      `${oldName} (old): borne by nothing, may go`,
    ],
  });

  const before = startKeyed(hub, oldKeys);
  await before.remove("1", "r", ["1"]);
  await before.drain();
  // What moves a part is kept with the deletion; a repeat is a row of its own.
  for (let n = 0; n < 2; n += 1)
    await before.report(realty, doneReport(realty.deletes()[0]?.body, "1"));
  await before.remove("2", "r", ["1", "2"]);
  const counts = "requests 2, deletion_categories 3, parts 3, reports 1, snapshots 1";
  expect((await check(next, old)).lines).toEqual([
    `${name} (current): borne by nothing yet`,
    `${oldName} (old): borne by ${counts}`,
  ]);

  const rotated = startKeyed(hub, keys, oldKeys);
  await rotateSecret(rotated.flows);
  expect((await check(next, old)).lines).toEqual([
    `${name} (current): borne by requests 1, deletion_categories 2, parts 2, snapshots 1`,
    `${oldName} (old): borne by requests 1, deletion_categories 1, parts 1, reports 1`,
  ]);

  await rotated.status("1");
  await hub.sql`delete from requests where subject = ${before.flows.subjects.of("1")}`; // its time is over
  expect((await check(next, old)).lines[1]).toBe(`${oldName} (old): borne by nothing, may go`);
});

test("a secret that is missing is told, and is a fault where a snapshot needs it", async () => {
  await startKeyed(hub, oldKeys).remove("3", "r", ["1"]);
  const missed = await check(next);
  expect(missed).toMatchObject({
    code: 78,
    stderr:
      "TAKEOUT_SECRET_OLD: lacks the secret by which snapshots are sealed that are still needed: 1\n",
  });
  expect(missed.lines.at(-1)).toBe(
    "not configured, but borne by requests 1, deletion_categories 1, parts 1, snapshots 1",
  );
  await hub.sql`update deletions set seal_key_id = null, sealed = null, wrapped = null`;
  expect(await check(next)).toMatchObject({ code: 0, stderr: "" });
});

test("a hold whose secret is missing is a fault, for it holds nobody", async () => {
  const [id, subject] = [randomUUID(), createSubjects(deriveKeyring([old])).of("4003")];
  await hub.sql`
    insert into holds (id, subject, reason, client, login) values (${id}, ${subject}, 'court', 'desk', 'alice')`;
  expect(await check(next, old)).toMatchObject({ code: 0, stderr: "" });
  expect(await check(next)).toMatchObject({
    code: 78,
    stderr:
      "TAKEOUT_SECRET_OLD: lacks the secret by which users were held, so that they are no more: holds 1\n",
  });
  await hub.sql`delete from holds`;
  expect(await check(next)).toMatchObject({ code: 0, stderr: "" });
});

test("a database that is away takes nothing from a good configuration", async () => {
  const { code, lines } = await check(next, old, "postgres://127.0.0.1:1/takeout");
  expect([code, lines.length]).toEqual([0, 1]);
  expect(lines[0]).toContain("cannot be told");
});

test("an address that lets nobody in is a fault, as it is for the hub itself", async () => {
  const nothing = new URL(hub.databaseUrl);
  nothing.pathname = "no_such_database";
  expect(await check(next, old, nothing.href)).toMatchObject({
    code: 78,
    stderr: 'DATABASE_URL: database "no_such_database" does not exist\n',
  });
});
