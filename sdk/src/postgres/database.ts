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
  /** Keeps them open from now on, until `release`. */
  hold(): void;
  /** Closes them as soon as nobody uses them; a later use opens them for itself. */
  release(): Promise<void>;
  /** Closes them for good: every later use is refused. */
  close(): Promise<void>;
}

const longestMs = 15_000;

export function createDatabase(settings: PostgresSettings, statements: Statements): Database {
  let opened: Promise<StorePool> | undefined;
  let uses = 0;
  let isHeld = true;
  let isClosed = false;

  function open(): Promise<StorePool> {
    if (isClosed) throw new Error("the store is closed: make another one");
    opened ??= openReady(settings, statements).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  const withClient: Database["withClient"] = async (work) => {
    uses++;
    try {
      return await (await open()).withClient(work);
    } finally {
      uses--;
      await closeUnused();
    }
  };

  async function closeUnused(): Promise<void> {
    if (!isHeld && uses === 0) await closePool();
  }

  async function closePool(): Promise<void> {
    const closing = opened;
    opened = undefined;
    await (await closing?.catch(() => undefined))?.close();
  }

  const bounded: Database["withClient"] = (work) =>
    withDeadline(undefined, longestMs, () => withClient(work));

  return {
    withClient,
    forWorker: async () => (await open()).forWorker,
    transact: (work) => bounded((client) => inTransaction(client, work)),
    query: (text, values) =>
      bounded(async (client) => (await client.query(text, [...values])).rows),
    hold() {
      isHeld = true;
    },
    release() {
      isHeld = false;
      return closeUnused();
    },
    close() {
      isClosed = true;
      return closePool();
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
