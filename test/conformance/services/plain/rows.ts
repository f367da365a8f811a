import type postgres from "postgres";

/** The categories that every service of these tests holds. */
export const heldCategories = ["1", "2"];

/** Makes the tables that are not there yet; two that start at once do it once. */
export async function makeTables(sql: postgres.Sql, schema: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext(${schema}))`;
    await tx`create schema if not exists ${tx(schema)}`;
    await tx`create table if not exists ${tx(schema)}.things (
      uid text not null, category text not null,
      created_at timestamptz not null default clock_timestamp())`;
    await tx`create index if not exists things_by_uid on ${tx(schema)}.things (uid)`;
    await tx`create table if not exists ${tx(schema)}.jobs (
      deletion_id text not null, category text not null, uids text[] not null,
      report_uid text not null, fence timestamptz not null, attempt int not null, calls int not null,
      outcome text, is_reported boolean not null default false,
      primary key (deletion_id, category))`;
  });
}

export async function seedThing(
  sql: postgres.Sql,
  schema: string,
  { uid, category, at }: { uid: string; category: string; at: Date },
): Promise<void> {
  await sql`insert into ${sql(schema)}.things ${sql({ uid, category, created_at: at })}`;
}

export async function hasThings(
  sql: postgres.Sql,
  schema: string,
  uids: readonly string[],
  category: string,
): Promise<boolean> {
  const [found] = await sql<{ some: boolean }[]>`
    select exists (select from ${sql(schema)}.things
                    where uid = any(${[...uids]}) and category = ${category}) as some`;
  return found?.some ?? false;
}

/** How many rows went that were created until the fence. */
export async function eraseThings(
  sql: postgres.Sql,
  schema: string,
  what: { uids: readonly string[]; categories: readonly string[]; fence: Date },
): Promise<number> {
  const gone = await sql`
    delete from ${sql(schema)}.things
     where uid = any(${[...what.uids]}) and category = any(${[...what.categories]})
       and created_at <= ${what.fence}`;
  return gone.count;
}
