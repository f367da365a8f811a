import { setTimeout } from "node:timers/promises";
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from "graphile-worker";
import { TakeoutError } from "../domain/errors.ts";
import { checkReadiness } from "../flows/check-readiness.ts";
import type { FlowContext } from "../flows/context.ts";
import { resumeWork } from "../flows/resume-work.ts";
import { sweep } from "../flows/sweep.ts";
import type { QueueName } from "../queue/tasks.ts";
import { startLiveness } from "./liveness.ts";
import { createWorkerPool } from "./retrying-pool.ts";
import { watchRunningJobs } from "./running-jobs.ts";
import { scheduleOf } from "./schedule.ts";
import { createTaskList } from "./tasks.ts";

export interface WorkerOptions {
  readonly databaseUrl: string;
  /** Straight to PostgreSQL: a lock of a session does not survive a transaction-pooling proxy. */
  readonly livenessDatabaseUrl: string;
  /** Jobs at once, by queue; a queue that is not named is not worked (`work --only`). */
  readonly concurrency: Partial<Record<QueueName, number>>;
}

export interface Worker {
  /** Whether it may take work just now: who cannot prove that he lives takes none. */
  isProven(): boolean;
  /** Lets running jobs end (at most 20 s), then leaves the rest to others. */
  stop(): Promise<void>;
}

const sweepEveryMs = 5_000;
const stopWithinMs = 20_000;

/** Starts working the queues. Survives a database that is away, at the start and later. */
export function startWorker(context: FlowContext, options: WorkerOptions): Worker {
  const stopping = new AbortController();
  const jobs = watchRunningJobs();
  const queues = Object.entries(options.concurrency) as [QueueName, number][];
  const liveness = startLiveness({
    databaseUrl: options.livenessDatabaseUrl,
    workerId: context.workerId,
    queues: queues.map(([queue]) => queue),
    jobs,
    log: context.log,
    outage: context.outage,
    onGone: (workerIds) => resumeWork(context, { workerIds }),
  });
  const loops = queues
    .map(([queue, concurrency]) => [createTaskList(context, queue), concurrency] as const)
    .filter(([taskList]) => Object.keys(taskList).length > 0)
    .map(([taskList, concurrency]) =>
      keepRunning(context, stopping.signal, () =>
        startRunner({
          ...options,
          isReady: async () => (await checkReadiness(context)).length === 0,
          taskList,
          concurrency,
          events: jobs.events,
          gate: liveness.gate,
          stopping: stopping.signal,
        }),
      ),
    );
  const sweeping = keepSweeping(context, stopping.signal);
  return {
    isProven: liveness.isProven,
    async stop() {
      stopping.abort();
      const drained = context.drives.drain(stopWithinMs);
      await Promise.all([...loops, sweeping, drained]);
      await liveness.leave();
      // Calls that were cut off are others' to make again, now rather than when their leases run out.
      await resumeOwn(context);
    },
  };
}

/** Rows that somebody holds just now are tried again a few times; in the end their leases run out. */
async function resumeOwn(context: FlowContext): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    const input = { workerIds: [context.workerId] };
    if (await resumeWork(context, input).catch(() => false)) return;
    await setTimeout(100);
  }
}

interface RunningQueue {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

async function startRunner(options: {
  readonly databaseUrl: string;
  readonly isReady: () => Promise<boolean>;
  readonly taskList: TaskList;
  readonly concurrency: number;
  readonly events: WorkerEvents;
  readonly gate: () => Promise<string[]>;
  readonly stopping: AbortSignal;
}): Promise<RunningQueue> {
  const { concurrency, events, gate, stopping, taskList } = options;
  // `run` would bring the queue's schema itself, outside our lock and where nobody asked for it.
  if (!(await options.isReady())) {
    throw new TakeoutError("unavailable", { detail: "the database is away, or not migrated yet" });
  }
  const pool = createWorkerPool(options.databaseUrl, Math.min(concurrency, 8) + 2, stopping);
  const endPool = () => pool.end().catch(() => {});
  const runner = await run({
    pgPool: pool,
    taskList,
    parsedCronItems: scheduleOf(taskList),
    concurrency,
    events,
    // Asked before every fetch: who cannot prove that he lives takes no work.
    forbiddenFlags: gate,
    pollInterval: 2_000,
    noHandleSignals: true,
    logger: silent,
  }).catch(async (error) => {
    await endPool();
    throw error;
  });
  return {
    ended: runner.promise.finally(endPool),
    stop: () => stopRunner(runner),
  };
}

async function stopRunner(runner: Runner): Promise<void> {
  // Throws when it has stopped by itself, which is what is wanted here.
  const stopped = runner.stop().catch(() => {});
  await Promise.race([stopped, setTimeout(stopWithinMs, null, { ref: false })]);
}

/** `run` rejects while the database is away, and a runner may end by itself: then another is started. */
async function keepRunning(
  context: FlowContext,
  stopping: AbortSignal,
  start: () => Promise<RunningQueue>,
): Promise<void> {
  const stopped = new Promise<void>((resolve) =>
    stopping.addEventListener("abort", () => resolve()),
  );
  for (let pauseMs = 100; !stopping.aborted; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      const running = await start();
      pauseMs = 100;
      await Promise.race([running.ended, stopped]);
      if (stopping.aborted) await running.stop();
    } catch (error) {
      context.outage.failed(error, "queue runner ended, to be started again");
    }
    await setTimeout(pauseMs * (0.5 + Math.random()), null, { signal: stopping }).catch(() => {});
  }
}

async function keepSweeping(context: FlowContext, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const pauseMs = sweepEveryMs * (0.8 + Math.random() * 0.4);
    await setTimeout(pauseMs, null, { signal: stopping }).catch(() => {});
    if (stopping.aborted) return;
    await sweep(context).catch((error) =>
      context.outage.failed(error, "sweep failed, to be done again"),
    );
  }
}

/** graphile-worker's own lines name jobs and errors in full; what matters is logged by the flows. */
const silent = new Logger(() => () => {});
