import { EventEmitter } from "node:events";
import type { WorkerEvents } from "graphile-worker";

/** Which pools of graphile-worker this process has, and which jobs they run. */
export interface RunningJobs {
  /** To be given to every runner of the process. */
  readonly events: WorkerEvents;
  pools(): readonly string[];
  running(): readonly string[];
  /** Resolves after the pause, or as soon as there is a new pool. */
  poolAddedWithin(ms: number, stopping: AbortSignal): Promise<void>;
}

/** A job's row may still be locked for a moment after its end, while the queue is told. */
const rememberEndedMs = 10_000;

export function watchRunningJobs(): RunningJobs {
  const events: WorkerEvents = new EventEmitter();
  const pools: string[] = [];
  const running = new Set<string>();
  const added = new EventEmitter();
  events.on("pool:create", ({ workerPool }) => {
    pools.push(workerPool.id);
    added.emit("pool");
  });
  events.on("job:start", ({ job }) => running.add(job.id));
  events.on("job:complete", ({ job }) => {
    setTimeout(() => running.delete(job.id), rememberEndedMs).unref();
  });
  return {
    events,
    // A copy: who counts what it registered must not count a pool that came meanwhile.
    pools: () => [...pools],
    running: () => [...running],
    poolAddedWithin: (ms, stopping) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          added.off("pool", done);
          stopping.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        added.once("pool", done);
        stopping.addEventListener("abort", done);
      }),
  };
}
