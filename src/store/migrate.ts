import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import type { Store } from "./connect.ts";

const migrationsFolder = fileURLToPath(new URL("../../drizzle", import.meta.url));
const migrationLock = 7464;
const askAgainMs = 100;
/** graphile-worker's newest migration that we were built against; it brings its own. */
const queueRevision = 20;

/**
 * Brings the database to this version's shape: the ledger's tables and the queue's. Processes that start
 * together take turns under one lock; where there is nothing to do, nothing is locked and nothing written,
 * so a restarting process costs nobody anything.
 *
 * @param stopping - ends it in the middle; the next one goes on from there.
 * @param onWait - told once, where another process has the turn.
 */
export async function migrate(
  databaseUrl: string,
  stopping?: AbortSignal,
  onWait?: () => void,
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 10, onnotice: () => {} });
  const giveUp = () => void sql.end({ timeout: 0 });
  stopping?.addEventListener("abort", giveUp);
  try {
    const newest = await newestMigration();
    if (await isUpToDate(sql, newest)) return;
    await takeTurn(sql, stopping, onWait);
    try {
      if (!(await isUpToDate(sql, newest))) await migrateAll(sql, databaseUrl);
    } finally {
      // A proxy may keep the session, and with it the lock, when we are long gone.
      await sql`select pg_advisory_unlock(${migrationLock}::bigint)`.catch(() => {});
    }
  } finally {
    stopping?.removeEventListener("abort", giveUp);
    await sql.end({ timeout: 5 });
  }
}

async function migrateAll(sql: postgres.Sql, databaseUrl: string): Promise<void> {
  // Loaded when there is something to do, which at most starts there is not.
  const { analyzeLedger, migrateLedger } = await import("./migration-steps.ts");
  await migrateLedger(sql, migrationsFolder);
  await analyzeLedger(sql);
  const { Logger, runMigrations } = await import("graphile-worker");
  await runMigrations({ connectionString: databaseUrl, logger: new Logger(() => () => {}) });
}

/** Whether this version's migrations have all been done, whoever did them. */
export async function isMigrated({ sql }: Store): Promise<boolean> {
  return await isUpToDate(sql, await newestMigration());
}

/** Asks again and again: who waits inside a statement holds up an index that is built beside the traffic. */
async function takeTurn(
  sql: postgres.Sql,
  stopping?: AbortSignal,
  onWait?: () => void,
): Promise<void> {
  for (let tries = 0; !stopping?.aborted; tries += 1) {
    const [row] = await sql<{ is_held: boolean }[]>`
      select pg_try_advisory_lock(${migrationLock}::bigint) as is_held`;
    if (row?.is_held) return;
    if (tries === 0) onWait?.();
    await setTimeout(askAgainMs);
  }
}

async function newestMigration(): Promise<number> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(`${migrationsFolder}/meta/_journal.json`, "utf8"),
  );
  return Math.max(0, ...journal.entries.map(({ when }) => when));
}

async function isUpToDate(sql: postgres.Sql, newest: number): Promise<boolean> {
  const [tables] = await sql<{ ledger: string | null; queue: string | null }[]>`
    select to_regclass('drizzle.__drizzle_migrations')::text as ledger,
           to_regclass('graphile_worker.migrations')::text as queue`;
  if (!tables?.ledger || !tables.queue) return false;
  const [done] = await sql<{ ledger: string | null; queue: number | null }[]>`
    select (select max(created_at) from drizzle.__drizzle_migrations) as ledger,
           (select max(id) from graphile_worker.migrations) as queue`;
  return Number(done?.ledger ?? 0) >= newest && (done?.queue ?? 0) >= queueRevision;
}
