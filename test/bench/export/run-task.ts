import { once } from "node:events";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { type Watched, watchMemory } from "./memory.ts";
import type { TaskName, Tasks } from "./tasks.ts";

const worker = join(import.meta.dirname, "worker.ts");

/** A process under way that has said what it had to say first. */
export interface Running<Out> extends AsyncDisposable {
  readonly out: Out;
  readonly seconds: number;
  /** From before the task to now. */
  readonly memory: () => Watched;
}

/** Starts a process for a task and waits for what comes of it; doors go on until it is let go. */
export async function runTask<Name extends TaskName>(
  name: Name,
  given: Tasks[Name]["in"],
  log: string,
): Promise<Running<Tasks[Name]["out"]>> {
  const env = { AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench" };
  const child = startChild({
    program: [worker, name],
    flags: ["--conditions=takeout-source"],
    env,
    log,
  });
  try {
    await nextMessage(child.process);
    const watch = watchMemory(child.pid);
    const beganAt = performance.now();
    child.process.send(given as object);
    const answer = (await nextMessage(child.process)) as { out: never } | { failed: string };
    const seconds = (performance.now() - beganAt) / 1000;
    if ("failed" in answer) throw new Error(`${name}: ${answer.failed}; see ${log}`);
    return {
      ...{ out: answer.out, seconds, memory: watch.end },
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

async function nextMessage(process: ReturnType<typeof startChild>["process"]): Promise<unknown> {
  const stop = new AbortController();
  const ended = once(process, "exit", { signal: stop.signal }).then(([code]) => {
    throw new Error(`the process ended with ${code}`);
  });
  ended.catch(() => {});
  try {
    const [message] = await Promise.race([
      once(process, "message", { signal: stop.signal }),
      ended,
    ]);
    return message;
  } finally {
    stop.abort();
  }
}
