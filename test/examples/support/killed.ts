import type postgres from "postgres";
import { until } from "../../support/processes.ts";

/** Holds the rows that a statement locks, until it is disposed. */
export async function hold(
  sql: postgres.Sql,
  lock: (tx: postgres.TransactionSql) => PromiseLike<unknown>,
): Promise<AsyncDisposable> {
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const held = sql.begin(async (tx) => {
    await lock(tx);
    locked.resolve();
    await release.promise;
  });
  await Promise.race([locked.promise, held]);
  return {
    async [Symbol.asyncDispose]() {
      release.resolve();
      await held;
    },
  };
}

/** Resolves when somebody waits for what is held. */
export async function untilSomebodyWaits(sql: postgres.Sql): Promise<void> {
  await until("somebody who waits for a held row", async () => {
    const [waiting] = await sql`
      select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`;
    return waiting !== undefined;
  });
}
