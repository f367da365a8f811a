import type { Configuration } from "./config/types.ts";
import { createContext } from "./context.ts";
import { createApp, operatingSurface } from "./http/app.ts";
import { listen } from "./http/server.ts";
import type { Log } from "./log.ts";
import type { QueueName } from "./queue/tasks.ts";
import { migrate } from "./store/migrate.ts";
import { startWorker } from "./worker/worker.ts";

export interface Roles {
  readonly http: boolean;
  readonly worker: boolean;
  /** Whether the database is brought to this version's shape first. */
  readonly migrate: boolean;
  /** The queues to work; all of them by default. */
  readonly only?: readonly QueueName[];
}

/** Runs a hub process until it is told to stop. */
export async function run(roles: Roles, configuration: Configuration): Promise<void> {
  const { settings, config } = configuration;
  if (roles.migrate) await migrate(settings.databaseUrl);
  await using context = createContext(configuration);
  const { log } = context;
  surviveLostCompletions(log);
  const port = roles.http ? settings.port : settings.workPort;
  const server =
    port === undefined
      ? null
      : await listen(createApp(context.http, roles.http ? undefined : operatingSurface), {
          host: settings.host,
          port,
        });
  const worker = roles.worker
    ? startWorker(context.flows, {
        databaseUrl: settings.databaseUrl,
        livenessDatabaseUrl: settings.livenessDatabaseUrl,
        concurrency: pick(roles.only, {
          delete: config.delete.concurrency,
          export: config.export.concurrency,
        }),
      })
    : null;
  log.info({ ...(server && { address: server.address }) }, "ready");
  const signal = await stopSignal();
  log.info({ signal }, "stopping");
  await Promise.all([server?.close(), worker?.stop()]);
  log.info({}, "stopped");
}

function pick(
  only: readonly QueueName[] | undefined,
  concurrency: Record<QueueName, number>,
): Partial<Record<QueueName, number>> {
  const queues = Object.entries(concurrency) as [QueueName, number][];
  return Object.fromEntries(queues.filter(([queue]) => !only || only.includes(queue)));
}

/** The first signal drains; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(130);
        isStopping = true;
        resolve(signal);
      });
    }
  });
}

const exitSoftware = 70;

/**
 * graphile-worker does not await the queries with which it says that a job is done, so a database that goes
 * away in the middle of one is an unhandled rejection: the sweep heals that job. Anything else is a fault
 * of ours, and the process ends.
 */
function surviveLostCompletions(log: Log): void {
  process.on("unhandledRejection", (error) => {
    const isCompletion = error instanceof Error && (error.stack ?? "").includes("graphile-worker");
    if (isCompletion) {
      log.warn({ error }, "the queue could not be told that a job ended");
      return;
    }
    log.error({ error }, "unhandled rejection");
    process.exit(exitSoftware);
  });
}
