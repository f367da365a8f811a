import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { ConfigurationError } from "./config/configuration-error.ts";
import { quote } from "./config/fault.ts";
import type { Configuration } from "./config/types.ts";
import { createContext } from "./context.ts";
import type { FlowContext } from "./flows/context.ts";
import { learnServices } from "./flows/learn-services.ts";
import { createApp, operatingSurface } from "./http/app.ts";
import { type ListeningServer, listen } from "./http/server.ts";
import type { Log } from "./log.ts";
import type { QueueName } from "./queue/tasks.ts";
import { watchSignals } from "./run/stop-signals.ts";
import { countLostHolds, describeLostHolds } from "./store/key-use.ts";
import { migrate } from "./store/migrate.ts";
import { isTransient } from "./store/transaction.ts";
import { watchExports } from "./worker/export-watch.ts";
import { watchServices } from "./worker/service-watch.ts";
import type { Worker } from "./worker/worker.ts";

export interface Roles {
  readonly http: boolean;
  readonly worker: boolean;
  /** Whether the database is brought to this version's shape first. */
  readonly migrate: boolean;
  /** The queues to work; all of them by default. */
  readonly only?: readonly QueueName[];
}

/**
 * Runs a hub process until it is told to stop. Survives a database that is away, from the start on: it
 * listens and says that it is not ready, and migrates and works as soon as the database is there.
 *
 * @param overrides - what a test puts in place of a part of the flows' context.
 */
export async function run(
  roles: Roles,
  configuration: Configuration,
  overrides: Partial<FlowContext> = {},
): Promise<void> {
  const { settings, config } = configuration;
  const stop = watchSignals();
  const stopping = stop.signal;
  await using context = createContext(configuration, overrides);
  const { log } = context;
  surviveLostCompletions(log);
  let server: ListeningServer | null = null;
  let worker: Worker | null = null;
  try {
    const sayWaiting = () => log.info({}, "another process migrates the database, waiting for it");
    const prepared = whenThere(context.flows, stopping, async () => {
      if (roles.migrate) await migrate(settings.databaseUrl, stopping, sayWaiting);
      if (!stopping.aborted) await refuseLostHolds(context.flows);
    });
    // Its time above all: tickets are signed and checked by it from the first one on.
    const learnt = prepared.then(() => learnServices(context.flows).catch(() => {}));
    learnt.catch(() => {}); // what is prepared is awaited below, whatever comes first
    await Promise.race([learnt, setTimeout(listenAnywayAfterMs, null, { ref: false })]);
    const port = roles.http ? settings.port : settings.workPort;
    if (port !== undefined) {
      const app = createApp(context.http, roles.http ? undefined : operatingSurface);
      const address = { host: settings.host, port };
      server = await listen(app, address).catch((error) => {
        throw explainListening(error, address, roles.http ? "PORT" : "WORK_PORT");
      });
    }
    log.info({ ...(server && { address: server.address }) }, "started");
    await prepared;
    if (roles.worker && !stopping.aborted) {
      const { startWorker } = await import("./worker/worker.ts");
      worker = startWorker(context.flows, {
        databaseUrl: settings.databaseUrl,
        livenessDatabaseUrl: settings.livenessDatabaseUrl,
        concurrency: pick(roles.only, {
          delete: config.delete.concurrency,
          export: config.export.concurrency,
        }),
      });
    }
    const drives = !roles.only || roles.only.includes("delete");
    const exports = worker && (!roles.only || roles.only.includes("export"));
    const watching = Promise.all([
      watchServices(context.flows, stopping, drives ? worker : null),
      exports ? watchExports(context.flows, stopping) : null,
    ]);
    if (!stopping.aborted) {
      log.info({}, "ready");
      await once(stopping, "abort");
    }
    log.info({ signal: stopping.reason }, "stopping");
    await watching;
  } finally {
    stop.abort();
    await Promise.all([server?.close(), worker?.stop()]);
  }
  log.info({}, "stopped");
}

/** Listening waits for the migration and the ledger's time, but not for a database that is away. */
const listenAnywayAfterMs = 2_000;
const longestPreparationPauseMs = 2_000;

/** Prepares the database, or looks at it, as soon as it is there. */
async function whenThere(
  { outage }: FlowContext,
  stopping: AbortSignal,
  prepare: () => Promise<void>,
): Promise<void> {
  let pauseMs = 100;
  while (!stopping.aborted) {
    try {
      return await prepare();
    } catch (error) {
      if (!isTransient(error)) throw error;
      outage.failed(error, "the database could not be prepared, to be tried again");
    }
    await setTimeout(pauseMs * (0.5 + Math.random()), null, { signal: stopping }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, longestPreparationPauseMs);
  }
}

/**
 * A hub that cannot tell whom a hold is on would delete what a court wants kept: it does not begin, and the
 * processes before it, which can, go on.
 */
async function refuseLostHolds({ store, keyring }: FlowContext): Promise<void> {
  const count = await countLostHolds(store, keyring);
  if (count > 0) throw new ConfigurationError([describeLostHolds(count)]);
}

/** A port that is taken and a host that is none are faults of the environment, like others that can be seen sooner. */
function explainListening(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
  portVariable: string,
): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const explained: Partial<Record<string, string>> = {
    EADDRINUSE: `${portVariable}: ${port} is taken on ${host}`,
    EACCES: `${portVariable}: ${port} is not for this user to listen on`,
    EADDRNOTAVAIL: `HOST: ${quote(host)} is no address of this machine`,
    ENOTFOUND: `HOST: ${quote(host)} is not known`,
  };
  const fault = explained[code ?? ""];
  return fault === undefined ? error : new ConfigurationError([fault]);
}

function pick(
  only: readonly QueueName[] | undefined,
  concurrency: Record<QueueName, number>,
): Partial<Record<QueueName, number>> {
  const queues = Object.entries(concurrency) as [QueueName, number][];
  return Object.fromEntries(queues.filter(([queue]) => !only || only.includes(queue)));
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
