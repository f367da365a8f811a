import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open, readFile, stat, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Binaries } from "./binaries.ts";
import { cleanEnvironment } from "./cluster.ts";
import { explain } from "./error.ts";
import { isAlive } from "./process.ts";

const logFile = "server.log";
const logLimitBytes = 10 * 1024 * 1024;
const pollMs = 20;
const lockRetryMs = 15_000; // a killed server's children hold its shared memory for some seconds
const stopSteps = [
  { signal: "SIGINT", waitMs: 15_000 }, // "fast": ends sessions, writes a checkpoint
  { signal: "SIGQUIT", waitMs: 5_000 }, // "immediate": the next start recovers
  { signal: "SIGKILL", waitMs: 5_000 },
] as const;

export interface Server {
  pid: number;
  port: number;
}

/** Uses the server that runs on `dir` already (an orphan of a killed process), or starts one. */
export async function adoptOrStart(
  binaries: Binaries,
  dir: string,
  password: string,
  settings: Readonly<Record<string, string>>,
): Promise<Server & { adopted: boolean }> {
  const giveUpAt = Date.now() + lockRetryMs;
  for (;;) {
    const running = await findRunning(dir, password);
    if (running !== undefined) return { ...running, adopted: true };
    const started = await start(binaries, dir, settings);
    if ("pid" in started) return { ...started, adopted: false };
    if (!isPassing(started.output) || Date.now() > giveUpAt) {
      throw explain("starting PostgreSQL", started.output);
    }
    await pause(pollMs * 5);
  }
}

/** Faults that time heals: another server is just going or coming, or somebody took our port. */
function isPassing(output: string): boolean {
  return /lock file|shared memory block|could not bind|address already in use/i.test(output);
}

interface PostmasterFile extends Server {
  isReady: boolean;
}

async function readPostmasterFile(dir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dir, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === "ready" };
}

/** The file outlives a killed server and its id may belong to another process: only a login proves it. */
async function findRunning(dir: string, password: string): Promise<Server | undefined> {
  const found = await readPostmasterFile(dir);
  if (!found?.isReady || !isAlive(found.pid)) return undefined;
  const url = connectionUrl(found.port, password);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return { pid: found.pid, port: found.port };
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

export function connectionUrl(port: number, password: string): string {
  return `postgres://takeout:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}

async function start(
  binaries: Binaries,
  dir: string,
  settings: Readonly<Record<string, string>>,
): Promise<Server | { output: string }> {
  const port = await freePort();
  const logFrom = await prepareLog(dir);
  const launched = launch(binaries, dir, port, settings);
  for (;;) {
    if (launched.ended) {
      return { output: launched.failure ?? (await readLog(dir, logFrom)) };
    }
    const found = await readPostmasterFile(dir);
    if (found?.isReady && found.pid === launched.pid) return { pid: found.pid, port };
    await pause(pollMs);
  }
}

interface Launched {
  pid: number | undefined;
  ended: boolean;
  failure?: string;
}

/** In a process group of its own: a Ctrl-C in the terminal must not stop it before its users. */
function launch(
  binaries: Binaries,
  dir: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Launched {
  const all = { listen_addresses: "127.0.0.1", unix_socket_directories: "", ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const { command, args } = binaries.program("postgres", [
    "-D",
    dir,
    "-p",
    String(port),
    ...options,
  ]);
  const log = openSync(join(dir, logFile), "a", 0o600);
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: cleanEnvironment(),
  });
  closeSync(log);
  const launched: Launched = { pid: child.pid, ended: false };
  child.on("error", (error) => Object.assign(launched, { ended: true, failure: error.message }));
  child.on("exit", () => Object.assign(launched, { ended: true }));
  child.unref();
  return launched;
}

async function prepareLog(dir: string): Promise<number> {
  const path = join(dir, logFile);
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size <= logLimitBytes) return size;
  await truncate(path);
  return 0;
}

async function readLog(dir: string, from: number): Promise<string> {
  const file = await open(join(dir, logFile));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Resolves when the server is gone; its file goes last, so an orphan that nobody reaps is seen too. */
export async function stopServer(dir: string, pid: number): Promise<void> {
  for (const { signal, waitMs } of stopSteps) {
    const waitUntil = Date.now() + waitMs;
    if (isOurs(await readPostmasterFile(dir), pid)) process.kill(pid, signal);
    while (isAlive(pid) && isOurs(await readPostmasterFile(dir), pid)) {
      if (Date.now() > waitUntil) break;
      await pause(pollMs);
    }
    if (!isAlive(pid) || !isOurs(await readPostmasterFile(dir), pid)) return;
  }
}

function isOurs(file: PostmasterFile | undefined, pid: number): boolean {
  return file?.pid === pid && isAlive(pid);
}
