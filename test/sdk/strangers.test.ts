import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countLines } from "../../scripts/own-lines.ts";
import { createDatabase } from "../support/database.ts";
import { findFreePort } from "../support/ports.ts";
import { pack, root, strangersEnv, unpack } from "./support/packed.ts";

const run = promisify(execFile);
const sources = join(import.meta.dirname, "strangers");
const mostLines = 60;

/** The files of a service beside those that all have, the first being what is run; and its packages. */
const frameworks: Record<string, { files: readonly string[]; packages: readonly string[] }> = {
  "node:http": { files: ["node-http.ts"], packages: [] },
  Hono: { files: ["hono.ts"], packages: ["hono", "@hono/node-server"] },
  "Express 5": { files: ["express.ts"], packages: ["express"] },
  "Fastify 5": { files: ["fastify.ts"], packages: ["fastify"] },
  NestJS: {
    files: ["nestjs.ts"],
    packages: ["@nestjs/common", "@nestjs/core", "@nestjs/platform-express", "reflect-metadata"],
  },
  "a Next.js route handler": {
    files: ["serve-route.ts", "route.ts"],
    packages: ["@hono/node-server"],
  },
};
/** In the place of a framework: not the service's own code. */
const frameworksOwn = ["serve-route.ts"];
const shared = ["takeout.ts", "seed.ts", "restart.sh"];

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout strangers "));
  tarball = await pack("sdk", folder);
});
afterAll(() => rm(folder, { recursive: true }));

test("blank lines and comments alone are not counted as code", () => {
  expect(countLines("a.ts", "// a\n\nlet a; // b\n  /* c\n d */\nlet b;\n")).toBe(2);
  expect(countLines("a.sh", "#!/bin/sh\n\na # b\n  # c\nd\n")).toBe(2);
});

/** A service of its own folder, with nothing but the packed SDK, its framework and its database. */
async function settle(name: string) {
  const { files, packages } = frameworks[name] as (typeof frameworks)[string];
  const home = join(folder, name.replaceAll(/\W+/g, "-"));
  await mkdir(home);
  await writeFile(join(home, "package.json"), '{ "type": "module" }');
  const [first = "", ...others] = files;
  await copyFile(join(sources, first), join(home, "server.ts"));
  for (const file of [...others, ...shared]) await copyFile(join(sources, file), join(home, file));
  await install(home, ["jose", "openapi-fetch", "postgres", ...packages]);
  const own = [...files, ...shared].filter((file) => !frameworksOwn.includes(file));
  return { home, code: await countFiles(own) };
}

/** The packed SDK where an install would have put it, beside packages of the workspace. */
async function install(home: string, packages: readonly string[]): Promise<void> {
  const modules = join(home, "node_modules");
  await unpack(tarball, join(modules, "takeout-sdk"));
  for (const name of packages) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
}

/** All lines of code, and each file's. */
async function countFiles(files: readonly string[]): Promise<{ lines: number; each: string }> {
  let lines = 0;
  const each: string[] = [];
  for (const file of files) {
    const own = countLines(file, await readFile(join(sources, file), "utf8"));
    lines += own;
    each.push(`${file} ${own}`);
  }
  return { lines, each: each.join(", ") };
}

/** A key pair without names: the hub and the kit give it its thumbprint. */
async function makeKeys(home: string): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const keys = [publicKey.export({ format: "jwk" })];
  await writeFile(join(home, "realty.jwks.json"), JSON.stringify({ keys }));
  return JSON.stringify(privateKey.export({ format: "jwk" }));
}

test.concurrent.each(Object.keys(frameworks))(
  `with the packed SDK and %s a service conforms in less than ${mostLines} lines of its own`,
  async (name) => {
    const { home, code } = await settle(name);
    await using database = await createDatabase();
    const [port, listen] = [await findFreePort(), await findFreePort()];
    const env = {
      ...strangersEnv,
      DATABASE_URL: database.url,
      PORT: `${port}`,
      TAKEOUT_HUB_URL: `http://127.0.0.1:${listen}`,
      TAKEOUT_SERVICE_KEY: await makeKeys(home),
    };
    await run("sh", ["restart.sh"], { cwd: home, env });
    try {
      const kit = join(home, "node_modules/takeout-sdk/dist/sdk/src/conformance/main.js");
      const flags = `--service realty --categories 4 --listen ${listen} --service-keys realty.jwks.json`;
      const hooks = ["--seed", "node seed.ts", "--restart", "sh restart.sh"];
      const args = [kit, `http://127.0.0.1:${port}`, ...flags.split(" "), ...hooks];
      const { stdout } = await run(process.execPath, [...args, "--json", "report.json"], {
        cwd: home,
        env,
      }).catch(async (failure: { stdout: string; stderr: string }) => {
        const log = await readFile(join(home, "server.log"), "utf8");
        throw new Error([failure.stdout, failure.stderr, log.slice(-2_000)].join("\n"));
      });
      expect(stdout).toContain("realty: conforms");
      const report = JSON.parse(await readFile(join(home, "report.json"), "utf8"));
      expect(Object.keys(report.counts)).toEqual(["passed"]);
    } finally {
      process.kill(Number(await readFile(join(home, "server.pid"), "utf8")), "SIGKILL");
    }
    expect(code.lines, code.each).toBeLessThan(mostLines);
    expect(code.lines).toBeGreaterThan(30);
  },
  180_000,
);
