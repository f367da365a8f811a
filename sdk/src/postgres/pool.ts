import {
  Logger,
  makeWorkerUtils,
  type WorkerUtils,
  type WorkerUtilsOptions,
} from "graphile-worker";
import { listenOn, watchMigrations } from "./notices.ts";
import type { PostgresSettings } from "./options.ts";

type Pool = NonNullable<WorkerUtilsOptions["pgPool"]>;

/** A connection of the pool. */
export type Client = Parameters<Parameters<WorkerUtils["withPgClient"]>[0]>[0];

/** The connections of a store. */
export interface StorePool {
  withClient<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** The same ones, as graphile-worker is given them. */
  forWorker: Pool;
  close(): Promise<void>;
}

// Its messages may quote rows; what matters reaches the store's own log.
export const silentLogger = new Logger(() => () => {});

// One for the guard, one for each place to listen with, the rest for statements.
const mostConnections = 8;

/**
 * One pool for everything, which outlives whatever is opened anew: a lost connection fails what ran on
 * it, and never the process. graphile-worker 0.18 takes its listener off a pool before it closes the
 * connections, of which one may be dying.
 */
export async function openPool({
  connection,
  graphileSchema,
}: PostgresSettings): Promise<StorePool> {
  const utils = await makeWorkerUtils({
    ...connection,
    schema: graphileSchema,
    maxPoolSize: mostConnections,
    logger: silentLogger,
  });
  const known = new Set<Client>();

  const withClient: StorePool["withClient"] = (work) =>
    utils.withPgClient((client) => {
      if (!known.has(client)) {
        known.add(client);
        client.on("error", ignore).once("end", () => known.delete(client));
      }
      return work(client);
    });

  async function close(): Promise<void> {
    // None of those that are ours may tell the pool any more, where nobody listens.
    if (connection.connectionString) {
      for (const client of known) client.removeAllListeners("error").on("error", ignore);
    }
    await utils.release();
  }

  try {
    const isMigrated = await watchMigrations(withClient, graphileSchema);
    return { withClient, forWorker: poolOf(withClient, isMigrated), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type WithClient = StorePool["withClient"];
type Connected = (error?: Error, client?: object, release?: () => void) => void;

/** As much of a pool as graphile-worker uses. */
function poolOf(withClient: WithClient, isMigrated: () => Promise<boolean>): Pool {
  const pool = {
    listeners: () => [ignore],
    query: (...statement: Statement) => withClient((client) => queryOn(client, statement)),
    connect(given?: Connected): Promise<object> | undefined {
      if (!given) return Promise.resolve(borrow(withClient));
      lease(withClient).then(
        ({ client, release }) => given(undefined, listenOn(client, isMigrated), release),
        given,
      );
      return undefined;
    },
  };
  return pool as unknown as Pool;
}

interface Lease {
  client: Client;
  release: () => void;
}

function lease(withClient: WithClient): Promise<Lease> {
  return new Promise((resolve, reject) => {
    const use = (client: Client) =>
      new Promise<void>((release) => resolve({ client, release: () => release() }));
    withClient(use).catch(reject);
  });
}

type Statement = [text: string | { name?: string }, values?: unknown[]];

function queryOn(client: Client, [text, values]: Statement): Promise<unknown> {
  return client.query(text as string, values);
}

const endsJob = /^(complete|fail)_job/;

/**
 * A connection taken when the first statement needs it. graphile-worker awaits no statement that says
 * a job is over: without a connection it would reject where nobody can catch it, and end the process.
 * Such a job is a hint, which the table outlives.
 */
function borrow(withClient: WithClient): object {
  let held: Promise<Lease> | undefined;
  return {
    query(...statement: Statement): Promise<unknown> {
      held ??= lease(withClient);
      const answer = held.then(({ client }) => queryOn(client, statement));
      const [text] = statement;
      const mayFail = typeof text === "object" && endsJob.test(text.name ?? "");
      return mayFail ? answer.catch(ignore) : answer;
    },
    release: async () => (await held?.catch(ignore))?.release(),
  };
}

function ignore(): undefined {
  return undefined;
}
