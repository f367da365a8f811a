import type { WorkBody, WorkChange, WorkStore } from "../work/store.ts";
import { createDatabase } from "./database.ts";
import { checkOptions, type PostgresStoreOptions } from "./options.ts";
import type { Client } from "./pool.ts";
import { startRunner } from "./runner.ts";
import { createStatements, type Statements } from "./statements.ts";

export type { PostgresStoreOptions } from "./options.ts";

/** A store in PostgreSQL. */
export interface PostgresStore extends WorkStore, AsyncDisposable {
  /**
   * Closes its connections for good; what is asked of it afterwards is refused. The `close()` of a service that was
   * started closes them too, until they are needed; only a process that keeps work and does none needs this.
   */
  close(): Promise<void>;
}

// Two calls of one new deletion may both find nothing; the second look finds what the other wrote.
const mostLooks = 5;

/**
 * Keeps work in a table of the service's own database, and does it with graphile-worker: in as many
 * processes as call `start()`, each piece of work in one of them at a time. What a process was at
 * when it was killed goes on in another within seconds, or at its own next start.
 * @throws TypeError when an option is unusable.
 */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const settings = checkOptions(options);
  const statements = createStatements(settings.schema, settings.graphileSchema);
  const database = createDatabase(settings, statements);

  const change: WorkStore["change"] = async (keys, make) => {
    for (let look = 1; look <= mostLooks; look++) {
      const isDone = await database
        .transact((client) => changeOnce(client, statements, keys, make))
        .catch((error: unknown) => {
          if (error === takenMeanwhile) return false;
          throw error;
        });
      if (isDone) return;
    }
    throw new Error("the work is being changed by others all the time");
  };

  return {
    change,
    async isOpen(users) {
      const [row] = await database.query(statements.isOpen, [users]);
      return row?.open === true;
    },
    start: (perform, onError, owner) =>
      startRunner({ settings, statements, database, perform, onError, owner }),
    close: database.close,
    [Symbol.asyncDispose]: database.close,
  };
}

const takenMeanwhile = new Error("another call made the work first");

async function changeOnce(
  client: Client,
  statements: Statements,
  keys: readonly string[],
  make: Parameters<WorkStore["change"]>[1],
): Promise<true> {
  const { rows } = await client.query<{ key: string; body: WorkBody }>(statements.read, [keys]);
  const known = new Map(rows.map(({ key, body }) => [key, body]));
  const changed = keys.flatMap((key) => {
    const next = make(key, known.get(key));
    return next ? [rowOf(key, next)] : [];
  });
  const fresh = changed.filter(({ key }) => !known.has(key));
  if (fresh.length) {
    const inserted = await client.query(statements.insert, [JSON.stringify(fresh)]);
    if (inserted.rowCount !== fresh.length) throw takenMeanwhile;
  }
  const old = changed.filter(({ key }) => known.has(key));
  if (old.length) await client.query(statements.update, [JSON.stringify(old)]);
  const woken = changed.filter((row) => row.wake_ms !== null).map(({ key }) => key);
  if (woken.length) await client.query(statements.enqueue, [woken]);
  return true;
}

function rowOf(key: string, { body, users, lane, wakeInMs }: WorkChange) {
  const keeps_wake = wakeInMs === undefined;
  return { key, lane, users, body, wake_ms: wakeInMs ?? null, keeps_wake };
}
