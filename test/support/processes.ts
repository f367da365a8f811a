import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/** Waits until `check` gives something; the limit only keeps a broken test from hanging. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 90_000,
): Promise<Exclude<T, false>> {
  const giveUpAt = Date.now() + limitMs;
  while (Date.now() < giveUpAt) {
    const value = await check();
    if (value !== undefined && value !== false) return value as Exclude<T, false>;
    await pause(20);
  }
  throw new Error(`waited ${limitMs} ms in vain for ${what}`);
}

export interface RunningProcess extends AsyncDisposable {
  child: ChildProcess;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Its exit code, or 128 and the signal's number. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function startProcess(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): RunningProcess {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const exit = once(child, "close").then(([code, signal]) => ({ code, signal }));
  const dispose = async () => {
    child.kill("SIGKILL");
    await exit;
  };
  return { child, output: () => output, exit, [Symbol.asyncDispose]: dispose };
}
