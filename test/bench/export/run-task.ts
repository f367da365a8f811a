import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startChild } from "../child.ts";
import { cpuOf } from "../cpu.ts";
import { bucketCredentials } from "./bucket-credentials.ts";
import { type Watched, watchMemory } from "./memory.ts";
import type { TaskName, Tasks } from "./tasks.ts";

const worker = join(import.meta.dirname, "worker.ts");

/** What takes longer hangs. */
export const mostMs = 60 * 60_000;

/** A process under way that has said what it had to say first. */
export interface Running<Out> extends AsyncDisposable {
  readonly out: Out;
  readonly seconds: number;
  /** From before the task to now. */
  readonly memory: () => Watched;
  /** @throws Error with the end of its log, when it has ended by itself. */
  readonly requireAlive: () => void;
  /** Seconds of processor time, from before the task to now; not a number where there is no `/proc`. */
  readonly cpu: () => Promise<number>;
}

/** Starts a process for a task and waits for what comes of it; doors go on until it is let go. */
export async function runTask<Name extends TaskName>(
  name: Name,
  given: Tasks[Name]["in"],
  log: string,
): Promise<Running<Tasks[Name]["out"]>> {
  const child = startChild({
    program: [worker, name],
    flags: ["--conditions=takeout-source"],
    env: bucketCredentials,
    log,
  });
  try {
    await nextMessage(child.process);
    const watch = watchMemory(child.pid);
    const idle = (await cpuOf(child.pid)) ?? Number.NaN;
    const beganAt = performance.now();
    child.process.send(given as object);
    const answer = (await nextMessage(child.process)) as { out: never } | { failed: string };
    const seconds = (performance.now() - beganAt) / 1000;
    if ("failed" in answer) throw new Error(`${name}: ${answer.failed}; see ${log}`);
    return {
      ...{ out: answer.out, seconds, memory: watch.end },
      requireAlive: () => requireAlive(child.process, name, log),
      cpu: async () => ((await cpuOf(child.pid)) ?? Number.NaN) - idle,
      async [Symbol.asyncDispose]() {
        watch.end();
        await child[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** @throws Error with the end of its log, when the process of that name has ended. */
export function requireAlive({ exitCode, signalCode }: ChildProcess, name: string, log: string) {
  if (exitCode === null && signalCode === null) return;
  const end = readFileSync(log, "utf8").slice(-2_000);
  throw new Error(`${name} ended with ${exitCode ?? signalCode}:\n${end}`);
}

/** What a process says next. @throws Error when it ends instead, or says nothing in time. */
export async function nextMessage(process: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(process, "exit", { signal }).then(([code]) => {
    throw new Error(`the process ended with ${code}`);
  });
  const late = pause(mostMs, undefined, { signal, ref: false }).then(() => {
    throw new Error("the process says nothing");
  });
  for (const other of [ended, late]) other.catch(() => {});
  try {
    const [message] = await Promise.race([once(process, "message", { signal }), ended, late]);
    return message;
  } finally {
    stop.abort();
  }
}
