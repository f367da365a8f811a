import { type Runner, run } from "graphile-worker";
import { pause, startTimer, withDeadline } from "../deadline.ts";
import { type Place, places } from "../work/place.ts";
import type { Perform, WorkRunner } from "../work/store.ts";
import type { Database } from "./database.ts";
import { type Guard, openGuard } from "./guard.ts";
import type { PostgresSettings } from "./options.ts";
import { silentLogger } from "./pool.ts";
import { type Statements, taskOf } from "./statements.ts";

/** What the runner works with. */
export interface RunnerContext {
  settings: PostgresSettings;
  statements: Statements;
  database: Database;
  perform: Perform;
  onError: (error: unknown) => void;
  /** Whose work is done; undefined: what has no owner. */
  owner: string | undefined;
}

const sweepEveryMs = 5_000;
// A job that was just added gets a moment before the sweep takes it for lost.
const lateAfterMs = 2_000;
const clearEveryMs = 60 * 60_000;
const reportsAtOnce = 8;
const reopen = { firstMs: 500, mostMs: 5_000 };
// On a connection that nobody answers on graphile-worker may wait for ever.
const stopWithinMs = 10_000;

/**
 * Performs what is due with graphile-worker. Its jobs are hints: the table has the truth, and a sweep
 * finds what has no job, or a job that a dead process had.
 */
export async function startRunner(context: RunnerContext): Promise<WorkRunner> {
  const stopping = new AbortController();
  const enough = new AbortController();
  context.database.hold();
  let session = await openSession(context, enough.signal);
  const supervised = supervise();

  /** Whatever breaks, everything is opened anew. */
  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      const error = await session.over;
      if (!stopping.signal.aborted) context.onError(error);
      await session.close();
      if (stopping.signal.aborted) return;
      const next = await reopenSession();
      if (!next) return;
      session = next;
    }
    // Stopped while it was being opened.
    await session.close();
  }

  async function reopenSession(): Promise<Session | undefined> {
    for (let waitMs = reopen.firstMs; ; waitMs = Math.min(waitMs * 2, reopen.mostMs)) {
      await pause(waitMs, stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return undefined;
      try {
        return await openSession(context, enough.signal);
      } catch (error) {
        context.onError(error);
      }
    }
  }

  async function stop(withinMs: number): Promise<void> {
    stopping.abort();
    const timer = startTimer(() => enough.abort(new Error("the service is closing")), withinMs);
    await session.stop();
    await supervised;
    clearTimeout(timer);
    await context.database.release();
  }

  return { stop };
}

interface Session {
  /** Settles with what ended it. Never rejects. */
  over: Promise<unknown>;
  /** Takes on nothing more and waits for what runs. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

async function openSession(context: RunnerContext, enough: AbortSignal): Promise<Session> {
  const guard = await openGuard(context.database, context.statements);
  const performing = createPerforming(context, guard, enough);
  const runners: Runner[] = [];
  const sweeping = new AbortController();
  try {
    for (const place of places) {
      runners.push(await startPlace(place, context, performing.perform));
    }
    await sweep(context, 0);
  } catch (error) {
    await Promise.all(runners.map((runner) => runner.stop().catch(() => {})));
    await guard.close();
    throw error;
  }
  const sweeps = keepSweeping(context, sweeping.signal);

  const over = new Promise<unknown>((resolve) => {
    guard.lost.addEventListener("abort", () => resolve(guard.lost.reason), { once: true });
    for (const runner of runners) {
      runner.promise.then(() => resolve(new Error("graphile-worker has stopped")), resolve);
    }
  });

  async function stop(): Promise<void> {
    sweeping.abort();
    const stopped = Promise.all(runners.map((runner) => runner.stop().catch(() => {})));
    await performing.stop();
    await withDeadline(undefined, stopWithinMs, () => stopped).catch(() => {});
    await sweeps;
  }

  return {
    over,
    stop,
    async close() {
      await stop();
      await guard.close();
    },
  };
}

/** Performs keys, each once at a time: here, and by the guard's locks anywhere. */
function createPerforming({ perform, onError }: RunnerContext, guard: Guard, enough: AbortSignal) {
  const running = new Map<string, { isWanted: boolean; over: Promise<void> }>();
  let isStopped = false;

  async function performLocked(key: string): Promise<void> {
    const signal = AbortSignal.any([enough, guard.lost]);
    try {
      if (signal.aborted || !(await guard.lock(key))) return;
      try {
        await perform(key, signal);
      } finally {
        await guard.unlock(key);
      }
    } catch (error) {
      // The sweep will find it.
      if (!signal.aborted) onError(error);
    }
  }

  async function performWanted(key: string, entry: { isWanted: boolean }): Promise<void> {
    while (entry.isWanted) {
      entry.isWanted = false;
      await performLocked(key);
    }
    running.delete(key);
  }

  return {
    async perform(key: string): Promise<void> {
      if (isStopped) return;
      const known = running.get(key);
      if (known) {
        // It may have just written what it came to, and not seen what woke this one.
        known.isWanted = true;
        return;
      }
      const entry = { isWanted: true, over: Promise.resolve() };
      running.set(key, entry);
      entry.over = performWanted(key, entry);
      await entry.over;
    },
    /** Takes on nothing more, and waits for what runs. */
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.all([...running.values()].map(({ over }) => over));
    },
  };
}

async function startPlace(
  place: Place,
  { settings, database, owner }: RunnerContext,
  perform: (key: string) => Promise<void>,
): Promise<Runner> {
  const task = (payload: unknown) => perform((payload as { key: string }).key);
  const { schema } = settings;
  return await run({
    pgPool: await database.forWorker(),
    schema: settings.graphileSchema,
    concurrency: place === "report" ? reportsAtOnce : settings.concurrency,
    noHandleSignals: true,
    logger: silentLogger,
    taskList: { [taskOf(schema, place)]: task, [taskOf(schema, place, owner)]: task },
    parsedCronItems: [],
  });
}

async function keepSweeping(context: RunnerContext, stopping: AbortSignal): Promise<void> {
  for (let clearedMs = 0; !stopping.aborted; clearedMs += sweepEveryMs) {
    try {
      if (clearedMs % clearEveryMs === 0)
        await context.database.query(context.statements.clearJobs, []);
      await pause(sweepEveryMs * (0.8 + 0.4 * Math.random()), stopping);
      await sweep(context, lateAfterMs);
    } catch (error) {
      if (!stopping.aborted) context.onError(error);
      await pause(sweepEveryMs, stopping).catch(() => {});
    }
  }
}

async function sweep({ database, statements, settings }: RunnerContext, lateMs: number) {
  await database.query(statements.wakeLate, [lateMs]);
  await database.query(statements.forget, [settings.keepMs]);
}
