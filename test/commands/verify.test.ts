import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeArchive } from "../../src/archive/write-archive.ts";
import { newSigningKey, sampleInput } from "../archive/samples.ts";
import { collect } from "../blobs/bodies.ts";
import { startJsonServer } from "../portal/support/json-server.ts";
import { runTakeout } from "./run-takeout.ts";

const key = newSigningKey();
let folder: string;
let archive: string;
let changed: string;
let jwks: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout-verify-"));
  const at = (name: string) => join(folder, name);
  [archive, changed, jwks] = [at("archive.zip"), at("changed.zip"), at("jwks.json")];
  const missing = [{ service: "rides", reason: "deadline_passed\u001b[2J" }];
  const zip = await collect(
    writeArchive(sampleInput([{ content: "hello, hello" }], { missing }, key)),
  );
  await writeFile(archive, zip);
  zip[zip.indexOf("hello, hello")] = 0x48;
  await writeFile(changed, zip);
  await writeFile(jwks, JSON.stringify(key.jwks));
});
afterAll(() => rm(folder, { recursive: true }));

test("a sound archive ends with 0 and says what it is", async () => {
  const { code, stdout, stderr } = await runTakeout(["verify", archive, "--jwks", jwks]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^archive +0198c0de-0000-4000-8000-000000000001, made by takeout at 2026-05-04/m,
  );
  expect(stdout).toMatch(/^files +2, \d+ bytes$/m);
  expect(stdout).toMatch(/^signature +good: by takeout, with the key \S+$/m);
});

test("nothing that an archive says reaches the terminal as a command", async () => {
  const { stdout } = await runTakeout(["verify", archive, "--jwks", jwks]);
  expect(stdout).toMatch(/^missing +rides: deadline_passed\ufffd\[2J$/m);
});

test("one that was changed ends with 1 and names the file", async () => {
  const { code, stdout, stderr } = await runTakeout(["verify", changed, "--jwks", jwks]);
  expect([code, stderr]).toEqual([1, `${changed} is not as it was made\n`]);
  expect(stdout).toMatch(/^wrong +realty\/offers.json was changed/m);
});

test("keys are read from a hub as well", async () => {
  await using server = await startJsonServer(() => ({ body: key.jwks }));
  const sound = await runTakeout(["verify", archive, "--jwks", `${server.url}/jwks.json`]);
  expect(sound.code).toBe(0);
  await using other = await startJsonServer(() => ({ body: newSigningKey().jwks }));
  const foreign = await runTakeout(["verify", archive, "--jwks", other.url]);
  expect(foreign.code).toBe(1);
  expect(foreign.stdout).toMatch(/^signature +bad: its key is none of those/m);
});

test("what cannot be checked ends with 2 and says why", async () => {
  const without = await runTakeout(["verify", archive]);
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("give --jwks")]);
  expect(without.stdout).toMatch(/^signature +not checked$/m);
  const none = await runTakeout(["verify", join(folder, "none.zip"), "--jwks", jwks]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("not there, or no ZIP")]);
  await using away = await startJsonServer(() => ({ status: 503 }));
  for (const source of [away.url, "http://example.org/jwks", archive, join(folder, "none")]) {
    const unreadable = await runTakeout(["verify", archive, "--jwks", source]);
    expect([unreadable.code, unreadable.stderr]).toEqual([2, expect.stringContaining("--jwks: ")]);
  }
});

test("without an archive it says so", async () => {
  const { code, stderr } = await runTakeout(["verify"]);
  expect([code, stderr]).toEqual([64, "ARCHIVE is required: which file?\n"]);
});
