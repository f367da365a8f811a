import { setTimeout } from "node:timers/promises";
import pg from "pg";
import type { FlowLog } from "../flows/context.ts";
import type { Outage } from "../flows/outage.ts";
import type { QueueName } from "../queue/tasks.ts";
import { createGoneWorkers, type GoneWorker, type GoneWorkers } from "./gone-workers.ts";
import * as statements from "./liveness-sql.ts";
import type { RunningJobs } from "./running-jobs.ts";

/**
 * How a worker process proves that it lives, and judges others. One connection of its own holds an advisory
 * lock, which the server frees within moments of a kill, and beats once a second, which tells a process
 * that hangs from one that works. Both are needed: a lock alone never notices a stopped process, a beat
 * alone is slow or nervous.
 */
export interface Liveness {
  /** Holds back fetching of jobs while this process cannot prove that it lives. Waits at most 1 s. */
  gate(): Promise<string[]>;
  /** Whether it can be proven just now that this process lives. */
  isProven(): boolean;
  /** Leaves at once: own jobs are freed, and nobody has to notice that we are gone. */
  leave(): Promise<void>;
}

export interface LivenessOptions {
  readonly databaseUrl: string;
  readonly workerId: string;
  /** Those that this process works. */
  readonly queues: readonly QueueName[];
  readonly jobs: RunningJobs;
  readonly log: FlowLog;
  readonly outage: Outage;
  /** Told of workers that are gone for certain, until it says that all of theirs has been taken up. */
  readonly onGone: (workerIds: readonly string[]) => Promise<boolean>;
}

const tickMs = 500;
const beatEveryMs = 1_000;
const orphansEveryMs = 2_000;
/** A judge must have been alive for longer than the grace that it grants. */
const judgeAfterMs = 5_000;
const gateWithinMs = 1_000;

export function startLiveness(options: LivenessOptions): Liveness {
  const stopping = new AbortController();
  const gone = createGoneWorkers(options.onGone, options.log);
  const state: State = { heldSince: null, knownPools: 0, gone };
  const living = keepLiving(options, state, stopping.signal);
  const isProven = () =>
    state.heldSince !== null && state.knownPools === options.jobs.pools().length;
  return {
    async gate() {
      const endsAt = performance.now() + gateWithinMs;
      while (!isProven()) {
        if (performance.now() > endsAt) throw new Error("this worker cannot prove that it lives");
        await setTimeout(20);
      }
      return [];
    },
    isProven,
    async leave() {
      stopping.abort();
      await living;
    },
  };
}

interface State {
  heldSince: number | null;
  knownPools: number;
  readonly gone: GoneWorkers;
}

async function keepLiving(
  options: LivenessOptions,
  state: State,
  stopping: AbortSignal,
): Promise<void> {
  let hasLeft = false;
  for (let pauseMs = 50; !stopping.aborted; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    try {
      await live(options, state, stopping);
      hasLeft = true;
    } catch (error) {
      if (state.heldSince !== null) pauseMs = 50;
      options.outage.failed(error, "liveness connection lost, to be made again");
    }
    state.heldSince = null;
    await setTimeout(pauseMs * (0.5 + Math.random()), null, { signal: stopping }).catch(() => {});
  }
  // The connection was lost as we were leaving: once more, or others have to notice that we are gone.
  if (!hasLeft) await connected(options, (client) => sayGoodbye(client, options)).catch(() => {});
}

/** One connection's life. Ends by an error, or when we leave. */
async function live(options: LivenessOptions, state: State, stopping: AbortSignal): Promise<void> {
  await connected(options, async (client) => {
    await prove(client, options, state);
    await tick(client, options, state, stopping);
    await sayGoodbye(client, options);
  });
}

async function connected(
  { databaseUrl }: LivenessOptions,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: "takeout-liveness",
    connectionTimeoutMillis: 2_000,
    query_timeout: 3_000,
    keepAlive: true,
  });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  client.on("error", lost.reject);
  client.on("end", () => lost.reject(new Error("the connection ended")));
  await client.connect();
  try {
    await Promise.race([work(client), lost.promise]);
  } finally {
    await client.end().catch(() => {});
  }
}

async function sayGoodbye(client: pg.Client, { jobs, workerId }: LivenessOptions): Promise<void> {
  await client.query(statements.unlockJobs, [jobs.pools()]);
  await client.query(statements.wakeWorkers);
  await client.query(statements.leave, [workerId]);
}

async function prove(client: pg.Client, options: LivenessOptions, state: State): Promise<void> {
  for (;;) {
    const pools = options.jobs.pools();
    await client.query(statements.register, [options.workerId, pools, options.queues]);
    const { rows } = await client.query(statements.takeLock, [options.workerId]);
    if (rows[0]?.is_held) {
      state.knownPools = pools.length;
      state.heldSince = performance.now();
      return;
    }
    await setTimeout(50);
  }
}

async function tick(
  client: pg.Client,
  options: LivenessOptions,
  state: State,
  stopping: AbortSignal,
): Promise<void> {
  let beatAt = performance.now();
  let orphansAt = beatAt;
  while (!stopping.aborted) {
    const isNew = state.knownPools !== options.jobs.pools().length;
    const pauseMs = isNew ? 0 : tickMs * (0.8 + Math.random() * 0.4);
    await options.jobs.poolAddedWithin(pauseMs, stopping);
    if (stopping.aborted) return;
    const now = performance.now();
    if (state.knownPools !== options.jobs.pools().length) {
      const pools = options.jobs.pools();
      await client.query(statements.register, [options.workerId, pools, options.queues]);
      state.knownPools = pools.length;
    } else if (now - beatAt >= beatEveryMs - tickMs / 2) {
      const { rowCount } = await client.query(statements.beat, [options.workerId]);
      if (rowCount === 0) throw new Error("another worker took this one for dead");
      beatAt = now;
    }
    if (now - (state.heldSince ?? now) >= judgeAfterMs) await judgeOthers(client, options);
    await takeUpGone(client, state.gone);
    if (now - orphansAt >= orphansEveryMs) {
      await freeOrphans(client, options);
      orphansAt = now;
    }
  }
}

async function judgeOthers(client: pg.Client, options: LivenessOptions): Promise<void> {
  await client.query("begin");
  const { rows } = await client.query<{ pool_ids: string[] }>(statements.reap, [options.workerId]);
  if (rows.length > 0) {
    await client.query(statements.unlockJobs, [rows.flatMap(({ pool_ids }) => pool_ids)]);
    await client.query(statements.wakeWorkers);
  }
  await client.query("commit");
  if (rows.length === 0) return;
  options.log.warn({ count: rows.length }, "workers are gone, their work is taken over");
}

/** Whoever found them gone: a judge may die before it has taken up what they left. */
async function takeUpGone(client: pg.Client, gone: GoneWorkers): Promise<void> {
  const { rows } = await client.query<GoneWorker>(statements.listGone);
  const finished = gone.attend(rows);
  if (finished.length === 0) return;
  await client.query(statements.bury, [
    finished.map(({ workerId }) => workerId),
    finished.map(({ goneAt }) => goneAt),
  ]);
}

async function freeOrphans(client: pg.Client, { jobs, log }: LivenessOptions): Promise<void> {
  const { rowCount } = await client.query(statements.freeOrphans, [jobs.pools(), jobs.running()]);
  if (!rowCount) return;
  log.warn({ count: rowCount }, "freed jobs whose end the queue was never told of");
  await client.query(statements.wakeWorkers);
}
