import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../config/samples.ts";
import { runTakeout } from "./run-takeout.ts";

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** The folder that `npm start` leaves behind, with keys as `keys new` makes them. */
async function makeDemo(...clients: string[]) {
  const folder = makeFolder();
  const keys = join(folder.path, "demo", "keys");
  mkdirSync(keys, { recursive: true });
  for (const client of clients) {
    const files = [
      "--private",
      join(keys, `${client}.jwk.json`),
      "--public",
      join(keys, `${client}.jwks.json`),
    ];
    const made = await runTakeout(["keys", "new", ...files]);
    expect(made).toEqual({ code: 0, stdout: "", stderr: "" });
  }
  return { ...folder, keys, env: { TAKEOUT_DATA: folder.path } };
}

describe("keys new", () => {
  test.runIf(existsSync("/dev/full"))(
    "does not say that all is well when the disk is full",
    async () => {
      const full = openSync("/dev/full", "w");
      const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
      const { status, stderr } = spawnSync(process.execPath, [main, "keys", "new"], {
        stdio: ["ignore", full, "pipe"],
        env: {},
      });
      closeSync(full);
      expect([status, String(stderr)]).toEqual([74, "what it prints cannot be written (ENOSPC)\n"]);
    },
  );

  test.each(["EdDSA", "ES256"])("prints a pair that belongs together: %s", async (alg) => {
    const { stdout } = await runTakeout(["keys", "new", "--alg", alg, "--kid", "mine"]);
    const printed = JSON.parse(stdout);
    expect(printed.private).toMatchObject({ alg, kid: "mine", d: expect.any(String) });
    expect(printed.public.keys).toEqual([{ ...printed.private, d: undefined }]);
  });

  test("writes the private key for its owner's eyes only, and the public one without its private part", async () => {
    using demo = await makeDemo("passport");
    const path = join(demo.keys, "passport.jwk.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readJson(path)).toHaveProperty("d");
    expect(readFileSync(join(demo.keys, "passport.jwks.json"), "utf8")).not.toContain('"d"');
  });

  test("overwrites nothing and leaves no half of a pair", async () => {
    using folder = makeFolder({ "private.json": "mine" });
    const [privateFile, publicFile] = ["private.json", "public.json"].map((name) =>
      join(folder.path, name),
    );
    const args = ["keys", "new", "--private", `${privateFile}`, "--public", `${publicFile}`];
    const { code, stdout, stderr } = await runTakeout(args);
    expect({ code, stdout }).toEqual({ code: 73, stdout: "" });
    expect(stderr).toBe(`${privateFile} exists already and is left as it is\n`);
    expect(readFileSync(`${privateFile}`, "utf8")).toBe("mine");
    expect(() => statSync(`${publicFile}`)).toThrow("ENOENT");
  });

  test("says that a folder is not there", async () => {
    using folder = makeFolder();
    const file = join(folder.path, "none", "public.json");
    const { code, stderr } = await runTakeout(["keys", "new", "--public", file]);
    expect([code, stderr]).toEqual([73, `${file} cannot be written (its folder is not there)\n`]);
  });
});

describe("ticket", () => {
  test("beside the demonstration a uid is all that is needed, and the ticket is all that is printed", async () => {
    using demo = await makeDemo("passport");
    const { stdout, stderr } = await runTakeout(["ticket", "user", "--uid", "4001"], demo.env);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const keys = createLocalJWKSet(readJson(join(demo.keys, "passport.jwks.json")));
    const { payload } = await jwtVerify(stdout.trim(), keys, { typ: "user-ticket+jwt" });
    expect(payload).toMatchObject({ iss: "passport", sub: "4001", aud: "takeout" });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
  });

  test("a service ticket names client, audience and life as they were given", async () => {
    using demo = await makeDemo("realty");
    const key = ["--client", "realty", "--key", join(demo.keys, "realty.jwk.json")];
    const { stdout } = await runTakeout([
      "ticket",
      "service",
      ...key,
      "--audience",
      "orders",
      "--ttl",
      "5m",
    ]);
    const keys = createLocalJWKSet(readJson(join(demo.keys, "realty.jwks.json")));
    const { payload } = await jwtVerify(stdout.trim(), keys, { typ: "service-ticket+jwt" });
    expect(payload).toMatchObject({ iss: "realty", sub: "realty", aud: "orders" });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
    expect(decodeProtectedHeader(stdout.trim()).kid).toBe(
      readJson(join(demo.keys, "realty.jwk.json")).kid,
    );
  });

  test("without a key it ends with 66 and says where keys come from", async () => {
    using folder = makeFolder();
    const { code, stdout, stderr } = await runTakeout(["ticket", "service"], {
      TAKEOUT_DATA: folder.path,
    });
    expect({ code, stdout }).toEqual({ code: 66, stdout: "" });
    expect(stderr).toContain("npm start makes it, or name another with --key");
  });

  test("a file that is no key is refused without a word of what it says", async () => {
    using folder = makeFolder();
    const path = join(folder.path, "key.json");
    writeFileSync(path, '{"d":"hidden"');
    const { code, stderr } = await runTakeout(["ticket", "service", "--key", path]);
    expect(code).toBe(66);
    expect(stderr).toBe(`${path}: is not JSON\n`);
  });
});
