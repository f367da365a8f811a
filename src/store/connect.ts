import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { drizzle } from "./drizzle.ts";
import * as exportSchema from "./export-schema.ts";
import * as deletionSchema from "./schema.ts";

/** The only file that knows which driver the store has. */

const schema = { ...deletionSchema, ...exportSchema };

export type Sql = postgres.Sql;
export type Transaction = postgres.TransactionSql;

export interface Store {
  /** For the statements whose shape is the design: several rows, several tables, one round trip. */
  readonly sql: Sql;
  /** For everything that is a plain query. Dates come as text: drizzle sets that for the whole client. */
  readonly db: PostgresJsDatabase<typeof schema>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Connections at most; default 16. */
  readonly max?: number;
}

/**
 * Every statement has an index to go by, and goes by it whatever it is asked for, so a plan is made once for each connection
 * and kept while the tables grow. Left to itself, PostgreSQL plans a statement anew each time when it thinks the plan for all
 * arguments dearer than one for these, which costs more than to run it; and a table that is empty and was analysed so it
 * would read whole, and go on doing that. Where whole tables are read on purpose, their cost is what keeps compiling from
 * paying, so that is off too. Reckoned as on a disk that turns, a hundred rows of one deletion would be gathered by a bitmap and
 * then sorted, though their index has them in order.
 */
const planning = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  jit: "off",
  random_page_cost: 1.1,
};

/**
 * Opens the pool; connects when first used. Statements end after 5 s, waits for a lock after 3 s, and
 * a transaction that idles after 15 s, so that nothing outlives its caller for long.
 */
export function connectStore(databaseUrl: string, options: StoreOptions = {}): Store {
  const sql = postgres(databaseUrl, {
    max: options.max ?? 16,
    connect_timeout: 3,
    idle_timeout: 60,
    max_lifetime: 1800,
    backoff: (tries) => Math.min(0.05 * 2 ** tries, 1) * (0.5 + Math.random()),
    onnotice: () => {},
    connection: {
      application_name: "takeout",
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 15_000,
      ...planning,
    },
  });
  const db = drizzle(sql, { schema });
  return { sql, db, close: () => sql.end({ timeout: 5 }) };
}
