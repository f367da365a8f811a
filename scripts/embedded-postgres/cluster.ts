import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { EmbeddedPostgresError, explain } from "./error.ts";

const majorVersion = "18";
const passwordFile = "takeout-password";
const abandonedAfterMs = 10 * 60_000;

export function readPassword(dir: string): Promise<string> {
  return readFile(join(dir, passwordFile), "utf8");
}

/**
 * Makes the cluster in `dir` unless there is one. It is built beside and renamed: a crash in the middle
 * leaves no half of a cluster, and of two that build at once one wins and the other uses its result.
 */
export async function ensureCluster(binaries: Binaries, dir: string, log: (line: string) => void) {
  if (!existsSync(join(dir, "PG_VERSION"))) {
    log("creating the database folder");
    await removeAbandoned(dir);
    await createCluster(binaries, dir);
  }
  const version = (await readFile(join(dir, "PG_VERSION"), "utf8")).trim();
  if (version !== majorVersion) {
    throw new EmbeddedPostgresError(
      `${dir} was made by PostgreSQL ${version}, this is ${majorVersion}: move the folder away, or dump and load it`,
    );
  }
}

async function createCluster(binaries: Binaries, dir: string): Promise<void> {
  const building = `${dir}.init-${randomBytes(6).toString("hex")}`;
  const secret = `${building}.password`;
  try {
    await mkdir(dirname(dir), { recursive: true });
    await writeFile(secret, randomBytes(24).toString("base64url"), { mode: 0o600 });
    await initdb(binaries, building, secret);
    await rename(secret, join(building, passwordFile));
    await moveIntoPlace(building, dir);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw explain("creating the database folder", String(error));
  } finally {
    await rm(building, { recursive: true, force: true });
    await rm(secret, { force: true });
  }
}

async function moveIntoPlace(building: string, dir: string): Promise<void> {
  try {
    await rename(building, dir);
  } catch (error) {
    if (existsSync(join(dir, "PG_VERSION"))) return; // somebody else was faster
    if (existsSync(dir)) {
      throw new EmbeddedPostgresError(`${dir} holds something else than a database: move it away`);
    }
    throw error;
  }
}

function initdb(binaries: Binaries, dir: string, pwfile: string): Promise<void> {
  const { command, args } = binaries.program("initdb", [
    `--pgdata=${dir}`,
    `--pwfile=${pwfile}`,
    "--username=takeout",
    "--auth=scram-sha-256",
    "--locale=C",
    "--encoding=UTF8",
  ]);
  return new Promise((done, fail) => {
    let output = "";
    const child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: cleanEnvironment(),
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => fail(explain("initdb", error.message)));
    child.on("close", (code) => (code === 0 ? done() : fail(explain("initdb", output))));
  });
}

/** PostgreSQL reads PG* variables and the locale; those of the caller are not meant for it. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };
}

async function removeAbandoned(dir: string): Promise<void> {
  const parent = dirname(dir);
  const names = existsSync(parent) ? await readdir(parent) : [];
  for (const name of names.filter((name) => name.startsWith(`${basename(dir)}.init-`))) {
    const path = join(parent, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}
