import { withDeadline } from "../deadline.ts";
import type { PostgresSettings } from "./options.ts";
import { type Client, openPool, type StorePool } from "./pool.ts";
import type { Statements } from "./statements.ts";

/** The store's connections, opened when they are first needed. */
export interface Database {
  /** Runs statements in one transaction. */
  transact<T>(work: (client: Client) => Promise<T>): Promise<T>;
  query(text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]>;
  withClient<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** The same connections, for graphile-worker. */
  forWorker(): Promise<StorePool["forWorker"]>;
  /** Closes them; they are opened again when needed. */
  close(): Promise<void>;
}

const longestMs = 15_000;

export function createDatabase(settings: PostgresSettings, statements: Statements): Database {
  let opened: Promise<StorePool> | undefined;

  function open(): Promise<StorePool> {
    opened ??= openReady(settings, statements).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  const withClient: Database["withClient"] = async (work) => (await open()).withClient(work);
  const bounded: Database["withClient"] = (work) =>
    withDeadline(undefined, longestMs, () => withClient(work));

  return {
    withClient,
    forWorker: async () => (await open()).forWorker,
    transact: (work) => bounded((client) => inTransaction(client, work)),
    query: (text, values) =>
      bounded(async (client) => (await client.query(text, [...values])).rows),
    async close() {
      const pool = await opened?.catch(() => undefined);
      opened = undefined;
      await pool?.close();
    },
  };
}

async function openReady(settings: PostgresSettings, statements: Statements): Promise<StorePool> {
  const pool = await openPool(settings);
  try {
    await pool.withClient((client) => makeTable(client, statements));
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function makeTable(client: Client, statements: Statements): Promise<void> {
  const isMade = async () =>
    (await client.query<{ made: boolean }>(statements.isMade)).rows[0]?.made;
  // A table that is there must cost no lock: other processes are at work on it.
  if (await isMade()) return;
  await inTransaction(client, async () => {
    await client.query(statements.lockMaking);
    if (!(await isMade())) await client.query(statements.make);
  });
}

async function inTransaction<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    await client.query("set local statement_timeout = '10s'; set local lock_timeout = '5s'");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}
