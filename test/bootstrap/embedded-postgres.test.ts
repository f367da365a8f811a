import { execFileSync } from "node:child_process";
import { chmodSync, chownSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findBinaries } from "../../scripts/embedded-postgres/binaries.ts";
import { explain } from "../../scripts/embedded-postgres/error.ts";
import { isAlive } from "../../scripts/embedded-postgres/process.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../scripts/embedded-postgres.ts";
import { startProcess, until } from "../support/processes.ts";

const holder = join(import.meta.dirname, "fixtures", "hold-postgres.ts");

let folder: string;
let dir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout postgres "));
  dir = join(folder, "data", "postgres");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function query(server: { url: string }, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function withRow(server: EmbeddedPostgres): Promise<void> {
  await query(server, "create table kept as select 42 as answer");
}

async function expectRow(server: { url: string }): Promise<void> {
  expect(await query(server, "select answer from kept")).toEqual([{ answer: 42 }]);
}

describe("embedded PostgreSQL", () => {
  test("starts fresh in a path with a space, durable, reachable by password over loopback alone", async () => {
    await using server = await startEmbeddedPostgres({ dir });
    const [settings] = await query(
      server,
      "select current_setting('fsync') as fsync, current_setting('listen_addresses') as listens, " +
        "current_setting('unix_socket_directories') as sockets, current_setting('server_encoding') as encoding",
    );
    expect(settings).toEqual({ fsync: "on", listens: "127.0.0.1", sockets: "", encoding: "UTF8" });
    const wrong = server.url.replace(/:[^:@]+@/, ":wrong@");
    await expect(query({ url: wrong }, "select 1")).rejects.toThrow(
      /password authentication failed/,
    );
  });

  test("keeps its password where only the owner reads it", async () => {
    await using _server = await startEmbeddedPostgres({ dir });
    expect((await stat(join(dir, "takeout-password"))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test("stops with no process and no lock file left, and starts again with its data", async () => {
    const first = await startEmbeddedPostgres({ dir });
    await withRow(first);
    await first.stop();
    await until("the end of the server", () => !isAlive(first.pid));
    expect(await readdir(dir)).not.toContain("postmaster.pid");
    await using second = await startEmbeddedPostgres({ dir });
    await expectRow(second);
  });

  test("starts with its data at once after a SIGKILL of the server", async () => {
    const first = await startEmbeddedPostgres({ dir });
    await withRow(first);
    process.kill(first.pid, "SIGKILL");
    await using second = await startEmbeddedPostgres({ dir });
    expect(second.pid).not.toBe(first.pid);
    await expectRow(second);
  });

  test("takes over the server of a process that was killed", async () => {
    await using parent = startProcess(process.execPath, [holder, dir]);
    const first = await until("the address", () => parse(parent.output()));
    await query(first, "create table kept as select 42 as answer");
    parent.child.kill("SIGKILL");
    await parent.exit;
    await using second = await startEmbeddedPostgres({ dir });
    expect(second.pid).toBe(first.pid);
    await expectRow(second);
  });

  test("starts with its data when process and server were both killed", async () => {
    await using parent = startProcess(process.execPath, [holder, dir]);
    const first = await until("the address", () => parse(parent.output()));
    await query(first, "create table kept as select 42 as answer");
    parent.child.kill("SIGKILL");
    process.kill(first.pid, "SIGKILL");
    await using second = await startEmbeddedPostgres({ dir });
    await expectRow(second);
  });

  test("two fresh starts at once on one folder share one server", async () => {
    const [one, two] = await Promise.all([
      startEmbeddedPostgres({ dir }),
      startEmbeddedPostgres({ dir }),
    ]);
    await using _server = one;
    expect(two.pid).toBe(one.pid);
    await withRow(one);
    await expectRow(two);
    expect(await readdir(join(folder, "data"))).toEqual(["postgres"]);
  });

  test("a lock file that names a living stranger does not pass for a server", async () => {
    const first = await startEmbeddedPostgres({ dir });
    await withRow(first);
    const lockFile = await readFile(join(dir, "postmaster.pid"), "utf8");
    await first.stop();
    await using stranger = startProcess(process.execPath, ["-e", "setInterval(() => {}, 60_000)"]);
    await writeFile(join(dir, "postmaster.pid"), lockFile.replace(/^\d+/, `${stranger.child.pid}`));
    const ended = startEmbeddedPostgres({ dir });
    stranger.child.kill("SIGKILL");
    await using second = await ended;
    await expectRow(second);
  });

  test.skipIf(process.getuid?.() !== 0 || !isReadableByAll())(
    "runs as an ordinary user",
    async () => {
      chmodSync(folder, 0o700);
      chownSync(folder, 65534, 65534);
      await using user = startProcess("setpriv", [
        ...["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath],
        ...[holder, dir, "stop"],
      ]);
      expect(await user.exit, user.output()).toEqual({ code: 0, signal: null });
      expect((await stat(dir)).uid).toBe(65534);
    },
  );
});

describe("what it says when it cannot", () => {
  test("a folder with something else in it is left alone", async () => {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, "diary.txt"), "mine");
    await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(/holds something else/);
    expect(await readdir(dir)).toEqual(["diary.txt"]);
  });

  test("a machine without a package is told about DATABASE_URL", () => {
    expect(() => findBinaries("linux", "s390x")).toThrow(/linux-s390x.*DATABASE_URL/);
  });

  test.each([
    ["unshare: unshare failed: Operation not permitted", /user namespaces/],
    ["spawn unshare ENOENT", /no unshare/],
    ["initdb: error: could not write: No space left on device", /disk is full/],
    ["FATAL:  something new", /FATAL: {2}something new/],
  ])("%s", (output, message) => {
    expect(explain("starting PostgreSQL", output).message).toMatch(message);
  });
});

function parse(output: string): { url: string; pid: number } | undefined {
  return output.includes("\n") ? JSON.parse(output) : undefined;
}

function isReadableByAll(): boolean {
  try {
    execFileSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "cat", holder]);
    return true;
  } catch {
    return false;
  }
}
