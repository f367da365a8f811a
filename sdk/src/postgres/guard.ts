import { pause, withDeadline } from "../deadline.ts";
import type { Database } from "./database.ts";
import type { Client } from "./pool.ts";
import type { Statements } from "./statements.ts";

/** Says who performs what: locks of one session of the database, which end with the process. */
export interface Guard {
  /** False when somebody else has it. */
  lock(key: string): Promise<boolean>;
  unlock(key: string): Promise<void>;
  /** Aborts when the session is gone, and with it every lock. */
  lost: AbortSignal;
  close(): Promise<void>;
}

const longestMs = 10_000;
const beatMs = 5_000;
// Of a machine that vanished the server learns within a minute, instead of two hours.
const settings = `
  set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3`;
const reset = `
  reset tcp_keepalives_idle; reset tcp_keepalives_interval; reset tcp_keepalives_count`;

/** Takes one connection for as long as it is open. */
export async function openGuard(database: Database, statements: Statements): Promise<Guard> {
  const losing = new AbortController();
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let query: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

  const lose = () => losing.abort(new Error("the connection that holds the locks is lost"));

  /** One after the other, as a connection wants it; a late answer counts as a lost connection. */
  function queryOn(client: Client): typeof query {
    return (text, values = []) => {
      const answer = last.then(async () => {
        losing.signal.throwIfAborted();
        const { rows } = await withDeadline(undefined, longestMs, () => client.query(text, values));
        return rows;
      });
      last = answer.catch(lose);
      return answer;
    };
  }

  let over: Promise<void> = Promise.resolve();
  await new Promise<void>((opened, failed) => {
    over = database
      .withClient(async (client) => {
        client.once("end", lose).once("error", lose);
        // One that does not answer must not go back to the pool.
        losing.signal.addEventListener("abort", () => void client.end().catch(() => {}));
        query = queryOn(client);
        await query(settings);
        opened();
        await keepAlive();
        await query(statements.unlockAll);
        await query(reset);
      })
      .catch((error: unknown) => {
        lose();
        failed(error);
      });
  });

  /** Waits for the end, and sees whether the session is still there. */
  async function keepAlive(): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(beatMs, AbortSignal.any([closing.signal, losing.signal])).catch(() => {});
      if (losing.signal.aborted) throw losing.signal.reason;
      await query("select 1");
    }
  }

  return {
    lock: async (key) => (await query(statements.lock, [key]))[0]?.locked === true,
    unlock: async (key) => void (await query(statements.unlock, [key])),
    lost: losing.signal,
    async close() {
      closing.abort();
      await over;
    },
  };
}
