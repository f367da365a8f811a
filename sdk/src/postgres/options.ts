import type { WorkerUtilsOptions } from "graphile-worker";
import { checkInteger } from "../arguments.ts";

/** Where and how work is kept and done. */
export interface PostgresStoreOptions {
  /** The database. Give this or `pgPool`. Not through a proxy that pools transactions. */
  connectionString?: string;
  /** A pool of `pg` to use instead, left open by `close()`; it needs listeners for `error`, and room for 8 connections. */
  pgPool?: NonNullable<WorkerUtilsOptions["pgPool"]>;
  /** The schema for the table `work`, made if it is not there. Default `takeout`. */
  schema?: string;
  /** graphile-worker's own schema. Default `graphile_worker`. */
  graphileSchema?: string;
  /** How many deletions run at once in a process, and as many exports beside them. Default 4. */
  concurrency?: number;
  /** Milliseconds for which it is remembered what is done, without identifiers. Default 30 days. */
  keepMs?: number;
}

/** The options, each with its value. */
export interface PostgresSettings {
  connection: Pick<WorkerUtilsOptions, "connectionString" | "pgPool">;
  schema: string;
  graphileSchema: string;
  concurrency: number;
  keepMs: number;
}

const thirtyDaysMs = 30 * 24 * 60 * 60_000;

/** @throws TypeError when an option is unusable, saying what to write instead. */
export function checkOptions(options: PostgresStoreOptions): PostgresSettings {
  const { connectionString, pgPool } = options;
  if (Boolean(connectionString) === Boolean(pgPool)) {
    throw new TypeError("createPostgresStore: give either connectionString or pgPool");
  }
  return {
    connection: pgPool ? { pgPool } : { connectionString: connectionString as string },
    schema: checkSchema(options.schema ?? "takeout", "schema"),
    graphileSchema: checkSchema(options.graphileSchema ?? "graphile_worker", "graphileSchema"),
    concurrency: checkInteger(options.concurrency ?? 4, 1, "concurrency"),
    keepMs: checkInteger(options.keepMs ?? thirtyDaysMs, 0, "keepMs"),
  };
}

// Such a name stands in statements as it is.
function checkSchema(name: string, option: string): string {
  if (typeof name === "string" && /^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new TypeError(`${option}: give a name of lower case letters, digits and _`);
}
