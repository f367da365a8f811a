import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface ChildOptions {
  name: string;
  /** A TypeScript file and its arguments. */
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Flags of Node beside our own; default none. */
  flags?: readonly string[];
  /** How long it may take to stop before it is killed. */
  stopWithinMs: number;
}

export interface Child extends AsyncDisposable {
  name: string;
  /** Resolves when it ends, asked or not, with a word on how. */
  ended: Promise<string>;
}

/**
 * Runs a program of ours under the same Node and flags. In a process group of its own, so that a Ctrl-C
 * in the terminal reaches it through us, in our order; it follows us if we are killed (follow-parent.mjs).
 */
export function startChild(options: ChildOptions): Child {
  const { name, command, env, flags = [], stopWithinMs } = options;
  const child = spawn(process.execPath, [...process.execArgv, ...flags, ...command], {
    detached: process.platform !== "win32",
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  const ended = endOf(child).then((how) => `${name} ${how}`);
  return { name, ended, [Symbol.asyncDispose]: () => stop(child, ended, stopWithinMs) };
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, "exit");
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    return `cannot start: ${error instanceof Error ? error.message : error}`;
  }
}

async function stop(child: ChildProcess, ended: Promise<string>, withinMs: number): Promise<void> {
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), withinMs);
  await ended;
  clearTimeout(killer);
}
