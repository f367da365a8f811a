import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export interface ChildOptions {
  /** The program and its arguments. */
  readonly program: readonly string[];
  readonly flags?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where what it prints goes. */
  readonly log: string;
  readonly cwd?: string;
}

/** A process of Node that is measured, or that measures; it ends when its starter does. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  /** SIGTERM, and SIGKILL to who does not leave in time. */
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "..", "..");
const followParent = `--import=${pathToFileURL(join(root, "scripts", "follow-parent.mjs")).href}`;
const stopWithinMs = 15_000;

export function startChild(options: ChildOptions): Child {
  const log = openSync(options.log, "a");
  const child = spawn(
    process.execPath,
    [followParent, ...(options.flags ?? []), ...options.program],
    {
      cwd: options.cwd ?? root,
      env: { PATH: process.env.PATH, NODE_ENV: "production", ...options.env },
      stdio: ["ignore", log, log, "ipc"],
    },
  );
  closeSync(log);
  const exit = once(child, "exit");
  exit.catch(() => {});
  const stop = async () => {
    child.kill("SIGTERM");
    const isGone = await Promise.race([exit.then(() => true), pause(stopWithinMs, false)]);
    if (!isGone) child.kill("SIGKILL");
    await exit;
  };
  return {
    process: child,
    pid: child.pid ?? 0,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
    },
  };
}

/** @throws Error with the end of its log, when it ended or did not answer in time. */
export async function answers(child: Child, url: string, log: string, withinMs = 60_000) {
  const giveUpAt = Date.now() + withinMs;
  while (Date.now() < giveUpAt && child.process.exitCode === null) {
    const init = { signal: AbortSignal.timeout(1_000) };
    const response = await fetch(url, init).catch(() => null);
    if (response?.ok) return;
    await pause(20);
  }
  const text = await readFile(log, "utf8").catch(() => "");
  throw new Error(`${url} does not answer:\n${text.slice(-2_000)}`);
}
