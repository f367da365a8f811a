import type postgres from "postgres";
import { until } from "./processes.ts";

/**
 * Ends every session of the observer's database but its own, because PostgreSQL counts what a session did
 * when that ends. A session is off the list before its socket closes, so a pool that goes on being used must
 * be named: each of its connections is asked until all of them answer, or the next statement meets a dead one.
 */
export async function endSessions(
  observer: postgres.Sql,
  ...pools: readonly postgres.Sql[]
): Promise<void> {
  const others = observer`
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await observer`select pg_terminate_backend(pid) ${others}`;
  await until("all sessions to end", async () => (await observer`select ${others}`).length === 0);
  for (const pool of pools) await until("a pool to connect anew", () => areAllAlive(pool));
}

/** Statements that are asked at once go to as many connections. */
async function areAllAlive(pool: postgres.Sql): Promise<boolean> {
  const asked = Array.from({ length: pool.options.max }, () => pool`select 1`);
  return (await Promise.allSettled(asked)).every(({ status }) => status === "fulfilled");
}
