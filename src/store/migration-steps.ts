import { setTimeout } from "node:timers/promises";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type postgres from "postgres";

/** A table is waited for so long; whoever comes behind us would wait for it too. */
const lockWithin = "150ms";
const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** A lock that did not come in time, and a deadlock. */
const inTheWay = new Set(["55P03", "40P01"]);

/**
 * Brings the ledger's tables to the newest migration, statement by statement, each in a transaction of its own
 * that waits for a table only briefly and is tried again: hubs of the version before go on working meanwhile.
 * A migration that held one table and waited for another would be a deadlock with those that lock them the
 * other way round. What was done is remembered with each statement, so it goes on where it was broken off.
 */
export async function migrateLedger(sql: postgres.Sql, migrationsFolder: string): Promise<void> {
  await sql`create schema if not exists drizzle`;
  await sql`
    create table if not exists drizzle.__drizzle_migrations (
      id serial primary key, hash text not null, created_at bigint)`;
  await sql`
    create table if not exists drizzle.steps (migration bigint, step int, primary key (migration, step))`;
  const [last] = await sql<{ at: string | null }[]>`
    select max(created_at) as at from drizzle.__drizzle_migrations`;
  for (const { folderMillis, hash, sql: statements } of readMigrationFiles({ migrationsFolder })) {
    if (folderMillis <= Number(last?.at ?? 0)) continue;
    for (const [step, statement] of statements.entries()) {
      const [done] = await sql`
        select from drizzle.steps where migration = ${folderMillis} and step = ${step}`;
      if (!done) await takeStep(sql, statement, { migration: folderMillis, step });
    }
    await sql.begin(async (tx) => {
      await tx`
        insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
      await tx`delete from drizzle.steps where migration = ${folderMillis}`;
    });
  }
}

/**
 * Lets PostgreSQL look at the tables as they are now: of a new column or index it knows nothing until it has. One that
 * somebody holds is passed over and looked at later, by autovacuum, so nobody waits. Not the queue's: jobs come and go,
 * and its sessions, which are not ours to set, would read a table whole that was once found empty.
 */
export async function analyzeLedger(sql: postgres.Sql): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' and tableowner = current_user`;
  if (tables.length === 0) return;
  await sql`analyze (skip_locked) ${sql(tables.map(({ name }) => `public.${name}`))}`;
}

async function takeStep(
  sql: postgres.Sql,
  statement: string,
  { migration, step }: { readonly migration: number; readonly step: number },
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await sql.begin(async (tx) => {
        await tx`select set_config('lock_timeout', ${lockWithin}, true)`;
        await tx.unsafe(statement);
        await tx`insert into drizzle.steps values (${migration}, ${step})`;
      });
      return;
    } catch (error) {
      if (!inTheWay.has(String((error as { code?: unknown }).code))) throw error;
      await setTimeout(pauseMs * (0.5 + Math.random()));
    }
  }
}
