import type { TestHub } from "../../support/hub.ts";

/** Counters of repeats. */
const counters: Record<string, readonly string[]> = {
  reports: ["times", "last_received_at", "kid"],
};

/**
 * Everything that the hub has stored, row by row, but for the counters of repeated reports: what leaves this
 * as it was has changed nothing. The audit is not looked at, for it grows by what is refused. Of the queue only what waits: it removes jobs that are done a moment later.
 */
export async function dumpTables({ sql }: Pick<TestHub, "sql">): Promise<Record<string, string[]>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'public' and tablename <> 'audit_events' or tablename = '_private_jobs' order by 1`;
  const dumped = tables.map(async ({ name }) => {
    const left = counters[name.replace("public.", "")] ?? [];
    const rows = await sql<{ row: string }[]>`
      select (to_jsonb(t) - ${left as string[]}::text[])::text as row from ${sql.unsafe(name)} t
       where to_jsonb(t)->>'locked_at' is null order by 1`;
    return [name, rows.map(({ row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(dumped));
}
