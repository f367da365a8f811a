import { join } from "node:path";
import { inspect } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import {
  inspectConfiguration,
  loadConfiguration,
  loadDatabaseUrl,
  readEnvironment,
} from "../../src/config.ts";
import { makeFolder, makeKey, smallest } from "./samples.ts";

const secretOf = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const { privateJwk } = makeKey();
const complete = {
  DATABASE_URL: "postgres://hub:hunter2@127.0.0.1:5432/takeout",
  TAKEOUT_SECRET: secretOf(1),
  TAKEOUT_SIGNING_KEY: JSON.stringify(privateJwk),
};

const withFile = (env: NodeJS.ProcessEnv = {}, text = smallest) => {
  const folder = makeFolder({ "takeout.yaml": text, "key.json": JSON.stringify(privateJwk) });
  return {
    ...folder,
    env: { ...complete, TAKEOUT_CONFIG: join(folder.path, "takeout.yaml"), ...env },
  };
};

function faultsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

test("a complete environment gives settings with their defaults, the file and the secrets", () => {
  using file = withFile();
  const { settings, config, secrets } = loadConfiguration(file.env);
  expect(settings).toEqual({
    databaseUrl: complete.DATABASE_URL,
    livenessDatabaseUrl: complete.DATABASE_URL,
    host: "127.0.0.1",
    port: 8080,
    logLevel: "info",
  });
  expect(config.services.map(({ name }) => name)).toEqual(["realty"]);
  expect(secrets).toMatchObject({ secret: Buffer.alloc(32, 1), oldSecrets: [] });
});

test("every variable arrives where it belongs", () => {
  using file = withFile({
    LIVENESS_DATABASE_URL: "postgresql://127.0.0.1:5433/takeout",
    HOST: "::1",
    PORT: "0",
    WORK_PORT: "9090",
    LOG_LEVEL: "debug",
    TAKEOUT_SECRET_OLD: `${secretOf(2)}, ${secretOf(3)}`,
  });
  const { settings, secrets } = loadConfiguration(file.env);
  expect(settings).toMatchObject({
    livenessDatabaseUrl: "postgresql://127.0.0.1:5433/takeout",
    host: "::1",
    port: 0,
    workPort: 9090,
    logLevel: "debug",
  });
  expect(secrets.oldSecrets).toEqual([Buffer.alloc(32, 2), Buffer.alloc(32, 3)]);
});

test("faults of the environment and of the file are told together", () => {
  using file = withFile(
    {
      DATABASE_URL: "",
      PORT: "70000",
      WORK_PORT: "-1",
      LOG_LEVEL: "loud",
      TAKEOUT_SECRET: Buffer.alloc(31).toString("base64"),
      TAKEOUT_SECRET_OLD: `${secretOf(2)},?,${secretOf(2)},`,
      TAKEOUT_SIGNING_KEY: "{}",
    },
    `${smallest}extra: 1`,
  );
  expect(faultsOf(() => loadConfiguration(file.env))).toEqual([
    "DATABASE_URL: is not set",
    "PORT: expected a port, 0 to 65535",
    "WORK_PORT: expected a port, 0 to 65535",
    "LOG_LEVEL: expected one of silent, fatal, error, warn, info, debug, trace",
    "TAKEOUT_SECRET: expected 32 bytes in base64, got 31 bytes",
    "TAKEOUT_SECRET_OLD: entry 2: expected 32 bytes in base64, got something that is not base64",
    "TAKEOUT_SECRET_OLD: entry 3: is the current secret or stands twice",
    "TAKEOUT_SECRET_OLD: entry 4: expected 32 bytes in base64, got 0 bytes",
    "TAKEOUT_SIGNING_KEY: lacks the private part of the key (d)",
    "extra: unknown key",
  ]);
});

test("without an environment every variable that is needed is named", () => {
  expect(faultsOf(() => loadConfiguration({}))).toEqual([
    "DATABASE_URL: is not set",
    "TAKEOUT_SECRET: is not set",
    "TAKEOUT_SIGNING_KEY: is not set",
    "TAKEOUT_CONFIG: is not set",
  ]);
  expect(faultsOf(() => loadDatabaseUrl({}))).toEqual(["DATABASE_URL: is not set"]);
});

test("an inspection keeps apart what is wrong with the file and what the environment lacks", () => {
  using file = withFile({ TAKEOUT_SECRET: undefined, DATABASE_URL: "mysql://x" });
  expect(inspectConfiguration(file.env)).toMatchObject({
    config: { hub: { client: "takeout" } },
    fileFaults: [],
    environmentFaults: ["DATABASE_URL: expected a URL such as postgres://user@host:5432/database"],
    unset: ["TAKEOUT_SECRET"],
  });
});

test("an IPv6 address of a database is refused, for the driver would take it apart", () => {
  const url = "postgres://user:hunter2@[2001:db8::1]:5432/takeout";
  using file = withFile({ DATABASE_URL: url, LIVENESS_DATABASE_URL: url });
  const reason = "an IPv6 address is not understood; name the host instead";
  expect(faultsOf(() => loadConfiguration(file.env))).toEqual([
    `DATABASE_URL: ${reason}`,
    `LIVENESS_DATABASE_URL: ${reason}`,
  ]);
});

test.each([
  ["not base64 at all!", "something that is not base64"],
  [`${secretOf(1)}A`, "something that is not base64"],
  [Buffer.alloc(33).toString("base64"), "got 33 bytes"],
])("a secret that is not 32 bytes of base64 is refused: %s", (secret, reason) => {
  using file = withFile({ TAKEOUT_SECRET: secret });
  const faults = faultsOf(() => loadConfiguration(file.env));
  expect(faults).toEqual([expect.stringMatching(`^TAKEOUT_SECRET: .*${reason}$`)]);
  expect(faults.join()).not.toContain(secret);
});

test("the signing key may be a file, and gets its thumbprint as a name where it has none", async () => {
  using file = withFile();
  const path = join(file.path, "key.json");
  const { signingKey } = loadConfiguration({ ...file.env, TAKEOUT_SIGNING_KEY: path }).secrets;
  expect(signingKey).toEqual({
    ...privateJwk,
    alg: "EdDSA",
    use: "sig",
    kid: await calculateJwkThumbprint(privateJwk as never),
  });
});

test("an EC signing key is named by its thumbprint too, and a given name is kept", async () => {
  const ec = makeKey("ES256").privateJwk;
  using plain = withFile({ TAKEOUT_SIGNING_KEY: JSON.stringify(ec) });
  using named = withFile({ TAKEOUT_SIGNING_KEY: JSON.stringify({ ...ec, kid: "mine" }) });
  expect(loadConfiguration(plain.env).secrets.signingKey.kid).toBe(
    await calculateJwkThumbprint(ec as never),
  );
  expect(loadConfiguration(named.env).secrets.signingKey.kid).toBe("mine");
});

const other = makeKey().privateJwk;
test.each([
  ["half of another key", { ...privateJwk, x: other.x }, "x or y do not belong to d"],
  [
    "half of another EC key",
    { ...makeKey("ES256").privateJwk, d: makeKey("ES256").privateJwk.d },
    "x or y do not belong to d",
  ],
  ["a public key", makeKey().publicJwk, "lacks the private part of the key (d)"],
])("a signing key that cannot sign for its public part is refused: %s", (_, jwk, message) => {
  using file = withFile({ TAKEOUT_SIGNING_KEY: JSON.stringify(jwk) });
  expect(faultsOf(() => loadConfiguration(file.env))).toEqual([`TAKEOUT_SIGNING_KEY: ${message}`]);
});

test("other keys of the hub are read in every form, and only their public parts", async () => {
  const [{ publicJwk, privateJwk: old }, ec] = [makeKey(), makeKey("ES256").privateJwk];
  const { d: _, ...point } = ec;
  const shown = [
    {
      ...publicJwk,
      use: "sig",
      alg: "EdDSA",
      kid: await calculateJwkThumbprint(publicJwk as never),
    },
    { ...point, use: "sig", alg: "ES256", kid: await calculateJwkThumbprint(point as never) },
  ];
  using folder = makeFolder({ "old.json": JSON.stringify({ keys: [old, point] }) });
  const forms: [unknown, unknown[]][] = [
    [JSON.stringify(old), shown.slice(0, 1)],
    [JSON.stringify(publicJwk), shown.slice(0, 1)],
    [JSON.stringify({ keys: [publicJwk, ec] }), shown],
    [join(folder.path, "old.json"), shown],
    [undefined, []],
  ];
  for (const [text, keys] of forms) {
    using file = withFile({ TAKEOUT_SIGNING_KEY_OLD: text as string });
    expect(loadConfiguration(file.env).secrets.oldSigningKeys).toEqual(keys);
  }
});

const one = makeKey();
test.each([
  ["the current key", privateJwk, "is the current key or stands twice, by its kid"],
  [
    "a key twice",
    { keys: [one.publicJwk, one.privateJwk] },
    "key 2: is the current key or stands twice, by its kid",
  ],
  [
    "half of another key",
    { keys: [{ ...one.privateJwk, x: other.x }] },
    "key 1: x or y do not belong to d",
  ],
  ["no key", {}, "expected an EC P-256 or an OKP Ed25519 key, got kty nothing, crv nothing"],
  ["too many", { keys: Array.from({ length: 11 }) }, "has more than 10 keys in it"],
])("other keys that cannot be shown are refused: %s", (_, jwk, message) => {
  using file = withFile({ TAKEOUT_SIGNING_KEY_OLD: JSON.stringify(jwk) });
  expect(faultsOf(() => loadConfiguration(file.env))).toEqual([
    `TAKEOUT_SIGNING_KEY_OLD: ${message}`,
  ]);
});

test("all that is wrong with other keys in a file is told, with the file's name", () => {
  using folder = makeFolder({
    "old.json": JSON.stringify({ keys: [privateJwk, one.publicJwk, {}] }),
  });
  const path = join(folder.path, "old.json");
  using file = withFile({ TAKEOUT_SIGNING_KEY_OLD: path });
  expect(faultsOf(() => loadConfiguration(file.env))).toEqual([
    `TAKEOUT_SIGNING_KEY_OLD: ${path}: key 1: is the current key or stands twice, by its kid`,
    `TAKEOUT_SIGNING_KEY_OLD: ${path}: key 3: expected an EC P-256 or an OKP Ed25519 key, got kty nothing, crv nothing`,
  ]);
});

test("no fault repeats a secret, however it is mangled", () => {
  using file = withFile({
    DATABASE_URL: complete.DATABASE_URL.replace("postgres", "mysql"),
    TAKEOUT_SECRET: `${complete.TAKEOUT_SECRET}x`,
    TAKEOUT_SECRET_OLD: `${secretOf(7)}x`,
    TAKEOUT_SIGNING_KEY: `${complete.TAKEOUT_SIGNING_KEY}x`,
    TAKEOUT_SIGNING_KEY_OLD: `${JSON.stringify(other)}x`,
  });
  const told = faultsOf(() => loadConfiguration(file.env)).join("\n");
  expect(told.split("\n")).toHaveLength(5);
  for (const part of [
    other.d,
    "hunter2",
    secretOf(1).slice(0, 20),
    secretOf(7).slice(0, 20),
    privateJwk.d,
  ]) {
    expect(told).not.toContain(part);
  }
});

test("what may be logged of a configuration bears no secret", () => {
  using file = withFile();
  expect(inspect(loadConfiguration(file.env).config, { depth: 9 })).not.toContain(privateJwk.d);
});

test("a variable that is empty or blank counts as absent", () => {
  expect(readEnvironment({ PORT: "", HOST: " ", LOG_LEVEL: "info", OTHER: "x" })).toEqual({
    logLevel: "info",
  });
});
