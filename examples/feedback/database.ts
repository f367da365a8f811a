import postgres from "postgres";
import { schema } from "./schema.ts";
import { seed } from "./seed.ts";

export type Sql = postgres.Sql;
export type Transaction = postgres.TransactionSql;

const makingLock = 4106;

/** Opens the service's own database, making its schemas and rows if they are not there yet. */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, {
    max: 8,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { statement_timeout: 30_000, idle_in_transaction_session_timeout: 30_000 },
  });
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${makingLock})`;
    const [found] = await tx<{ there: boolean }[]>`
      select to_regclass('feedback.feedback_task') is not null as there`;
    if (found?.there) return;
    await tx.unsafe(schema);
    await tx.unsafe(seed);
  });
  return sql;
}
