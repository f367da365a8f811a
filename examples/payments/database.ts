import postgres from "postgres";

export type Sql = postgres.Sql;

const seedLock = 4103;

/** Opens the service's own database, making what is not there yet of its schema and rows. */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, { max: 4, connect_timeout: 5, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    await tx`create schema if not exists payments`;
    for (const [table, statements] of Object.entries(tables)) {
      const [found] = await tx<{ there: boolean }[]>`
        select to_regclass(${`payments.${table}`}) is not null as there`;
      if (!found?.there) await tx.unsafe(statements);
    }
  });
  return sql;
}

const someTimeAgo = "clock_timestamp() - interval '1 day' - random() * interval '700 days'";

// A receipt is kept to the end of the fifth year after its own. Some of the demonstration's are older than that.
const tables = {
  cards: `
    create table payments.cards (id bigint generated always as identity primary key,
      uid text not null, label text not null, created_at timestamptz not null default clock_timestamp());
    create index on payments.cards (uid);
    insert into payments.cards (uid, label, created_at)
      select uid::text, 'Card ending in 00' || n, ${someTimeAgo}
        from generate_series(4001, 4200) as uid, generate_series(1, 2) as n;
  `,
  receipts: `
    create table payments.receipts (id bigint generated always as identity primary key,
      uid text not null, cents integer not null, route text, for_the_law_alone boolean not null default false,
      created_at timestamptz not null default clock_timestamp(),
      keep_until timestamptz not null generated always as (
        (date_trunc('year', created_at at time zone 'UTC') + interval '6 years') at time zone 'UTC') stored);
    create index on payments.receipts (uid);
    insert into payments.receipts (uid, cents, route, created_at)
      select uid::text, 650 + 110 * n, 'Home to the station', ${someTimeAgo} - (n = 4)::int * interval '7 years'
        from generate_series(4001, 4200) as uid, generate_series(1, 4) as n;
  `,
  fraud_blocks: `
    create table payments.fraud_blocks (id bigint generated always as identity primary key,
      uid text not null, created_at timestamptz not null default clock_timestamp(), blocked_until timestamptz);
    create index on payments.fraud_blocks (uid);
    insert into payments.fraud_blocks (uid, created_at, blocked_until)
      values ('4002', clock_timestamp() - interval '30 days', clock_timestamp() + interval '1 year');
  `,
};
