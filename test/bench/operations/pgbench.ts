import postgres from "postgres";
import { openNumbered } from "../fill/hub.ts";
import type { Stock } from "../fill/stock.ts";
import type { Ground } from "../ground.ts";
import { type Contender, type Sample, unwatched, type Watch } from "../operation.ts";
import { findPgbench, type PgbenchRun, runPgbench } from "../pgbench/run.ts";

type Script = "status" | "accept" | "report";

const spare = 1.8;
const guess = 12_000;

/**
 * The hub's tables alone, written and read by PostgreSQL's own benchmark as a driver without merging would.
 *
 * @returns nothing, where this machine does not have it.
 */
export async function pgbench(
  ground: Ground,
  stack: AsyncDisposableStack,
  script: Script,
  stock: Stock,
): Promise<Contender[]> {
  const program = await findPgbench();
  if (program === null) {
    ground.say("pgbench is not installed here, and is left out (Debian: postgresql-15)");
    return [];
  }
  const databaseUrl = await ground.database("pgbench", stock);
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  stack.defer(async () => {
    await sql.end({ timeout: 5 });
    await ground.server.drop(new URL(databaseUrl).pathname.slice(1));
  });
  const { folder } = ground;
  const { users, services } = stock;
  let [best, first] = [guess, 0];
  const play = (seconds: number, variables: Readonly<Record<string, number>>) =>
    runPgbench(program, { databaseUrl, script, variables, seconds, folder });

  async function measure(seconds: number, watch = unwatched): Promise<Sample> {
    if (script === "accept") return await measureAccept(seconds, watch);
    if (script === "report") return await measureReport(seconds, watch);
    return sampleOf(await watch(() => play(seconds, { users, services })), []);
  }

  async function measureAccept(seconds: number, watch: Watch): Promise<Sample> {
    const before = await countRows(sql);
    const done = await watch(() => play(seconds, { services }));
    const [after, made] = [await countRows(sql), done.transactions];
    const isRight =
      after.deletions - before.deletions === made && after.parts - before.parts === made * services;
    return sampleOf(done, isRight ? [] : [`${made} deletions are not ${made * services} parts`]);
  }

  async function measureReport(seconds: number, watch: Watch): Promise<Sample> {
    const count = Math.ceil((best * seconds * spare) / services);
    const from = first;
    first += count;
    await openNumbered(sql, { from, count, services });
    await sql`analyze parts`;
    const done = await watch(() => play(seconds, { first: from, services, turn: -1 }));
    best = Math.max(best, done.perSecond);
    const deleted = await countDeleted(sql, from, count);
    const isRight = deleted === done.transactions;
    return sampleOf(done, isRight ? [] : [`${done.transactions} reports closed ${deleted} parts`]);
  }

  return [{ name: "pgbench", measure }];
}

function sampleOf(done: PgbenchRun, wrong: readonly string[]): Sample {
  const { perSecond, transactions, p99Ms, failed } = done;
  const failures = failed > 0 ? [`${failed} transactions failed`] : [];
  return { perSecond, done: transactions, p99Ms, wrong: [...failures, ...wrong] };
}

async function countRows(sql: postgres.Sql) {
  const [row] = await sql<{ deletions: number; parts: number }[]>`
    select (select count(*) from deletions)::int as deletions, (select count(*) from parts)::int as parts`;
  return row ?? { deletions: 0, parts: 0 };
}

async function countDeleted(sql: postgres.Sql, from: number, count: number): Promise<number> {
  const [row] = await sql<{ deleted: number }[]>`
    select count(*)::int as deleted
      from generate_series(${from}::int, ${from + count - 1}::int) as user_number
      join parts on subject = md5('open ' || user_number)::uuid where state = 'deleted'`;
  return row?.deleted ?? 0;
}
