import type postgres from "postgres";

export const statementSettings = {
  shared_preload_libraries: "pg_stat_statements",
  "pg_stat_statements.track": "top",
  "pg_stat_statements.track_planning": "on",
  track_io_timing: "on",
} as const;

export interface Statement {
  readonly query: string;
  readonly calls: number;
  /** In ms, all calls together. */
  readonly executed: number;
  readonly planned: number;
  readonly plans: number;
  readonly rows: number;
  readonly walBytes: number;
}

const most = 25;

/** From here on statements are counted. */
export async function countStatements(sql: postgres.Sql): Promise<void> {
  await sql`create extension if not exists pg_stat_statements`;
  await sql`select pg_stat_statements_reset()`;
}

/** Those of this database that took the most time, the dearest first. */
export async function listStatements(sql: postgres.Sql): Promise<readonly Statement[]> {
  return await sql<Statement[]>`
    select query, calls::int, total_exec_time::float8 as executed, total_plan_time::float8 as planned,
           plans::int, rows::int, wal_bytes::float8 as "walBytes"
      from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
       and query not like '%pg_stat_statements%'
     order by total_exec_time + total_plan_time desc limit ${most}`;
}
