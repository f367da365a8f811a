import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { findTrouble } from "../domain/database-error.ts";

const patienceMs = 60_000;

/**
 * graphile-worker's pool. A connection is tried again for a minute, so that what the queue has to say after
 * a job (done, failed) waits for a database that restarts instead of being lost.
 */
export class RetryingPool extends pg.Pool {
  readonly #stopping: AbortSignal | undefined;

  constructor(options: pg.PoolConfig, stopping?: AbortSignal) {
    super(options);
    this.#stopping = stopping;
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg's own overloads, with a callback and without
  override connect(callback?: any): any {
    // With a callback it is the LISTEN of graphile-worker, which reconnects by itself.
    return callback ? super.connect(callback) : retry(() => super.connect(), this.#stopping);
  }
}

/**
 * A job is fetched by the order of the queue's index. While its table is small PostgreSQL would rather read and sort all that
 * waits, for each job anew, and go on doing so when much has come to wait. What has no index it reads whole all the same, at a
 * cost at which a server with LLVM compiles the statement, for seconds, at each fetch; so that is off too.
 */
const planning =
  "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c random_page_cost=1.1 -c jit=off";

/** @param stopping - once aborted, what fails is not tried again: others see to what is left. */
export function createWorkerPool(
  databaseUrl: string,
  max: number,
  stopping?: AbortSignal,
): RetryingPool {
  const options = {
    connectionString: databaseUrl,
    max,
    application_name: "takeout-worker",
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    options: planning,
  };
  const pool = new RetryingPool(options, stopping);
  // Without these listeners a cut connection would be an uncaught `error` event.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

async function retry<T>(connect: () => Promise<T>, stopping?: AbortSignal): Promise<T> {
  const endsAt = performance.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    try {
      return await connect();
    } catch (error) {
      const isOver = stopping?.aborted || performance.now() > endsAt;
      // Who is locked out does not come in by waiting.
      if (isOver || findTrouble(error, "lockedOut")) throw error;
      const options = stopping ? { signal: stopping } : {};
      await setTimeout(pauseMs * (0.5 + Math.random()), null, options).catch(() => {});
    }
  }
}
