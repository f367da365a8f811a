import postgres from "postgres";

export type Sql = postgres.Sql;

const seedLock = 4101;
const users = { first: 4001, last: 4200 };

/** Opens the service's own database, making its schema and rows if they are not there yet. */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, { max: 8, connect_timeout: 5, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    const [found] = await tx<{ there: boolean }[]>`
      select to_regclass('realty.favorites') is not null as there`;
    if (!found?.there) {
      await tx.unsafe(schema);
      await tx.unsafe(seed);
    }
    const [known] = await tx<{ there: boolean }[]>`
      select to_regclass('realty.profiles') is not null as there`;
    if (!known?.there) await tx.unsafe(profiles);
  });
  return sql;
}

const schema = `
  create schema realty;
  create table realty.offers (id bigint generated always as identity primary key,
    uid text not null, title text not null, from_feed boolean not null, created_at timestamptz not null default clock_timestamp());
  create table realty.hidden_offers (id bigint generated always as identity primary key,
    uid text not null, offer_id bigint not null, why text not null, created_at timestamptz not null default clock_timestamp());
  create table realty.notes (id bigint generated always as identity primary key,
    uid text not null, offer_id bigint not null, note text not null, created_at timestamptz not null default clock_timestamp());
  create table realty.favorites (id bigint generated always as identity primary key,
    uid text not null, offer_id bigint not null, created_at timestamptz not null default clock_timestamp());
  create table realty.comparisons (id bigint generated always as identity primary key,
    uid text not null, offer_ids bigint[] not null, created_at timestamptz not null default clock_timestamp());
  create table realty.subscriptions (id bigint generated always as identity primary key,
    uid text not null, query text not null, created_at timestamptz not null default clock_timestamp());
  create table realty.mortgage_applications (id bigint generated always as identity primary key,
    uid text not null, bank text not null, removed boolean not null default false, created_at timestamptz not null default clock_timestamp());
  create index on realty.offers (uid);
  create index on realty.hidden_offers (uid);
  create index on realty.notes (uid);
  create index on realty.favorites (uid);
  create index on realty.comparisons (uid);
  create index on realty.subscriptions (uid);
  create index on realty.mortgage_applications (uid);
`;

const profiles = `
  create table realty.profiles (id bigint generated always as identity primary key,
    uid text not null unique, name text not null, city text not null, seller_kind text not null,
    created_at timestamptz not null default clock_timestamp());
  insert into realty.profiles (uid, name, city, seller_kind, created_at)
    select uid::text,
           coalesce((array['Mira Halonen', 'Teo Vasari', 'Ilse Brandt', 'Okan Demirel'])[uid - ${users.first - 1}], 'User ' || uid),
           (array['Porto', 'Tallinn', 'Ghent'])[1 + uid % 3], 'private person', clock_timestamp() - interval '900 days'
      from generate_series(${users.first}, ${users.last}) as uid;
`;

/** So many rows for each user, spread over the two years behind us. */
const seed = `
  create temporary table people on commit drop as
    select uid::text, n from generate_series(${users.first}, ${users.last}) as uid, generate_series(1, 20) as n;
  create function pg_temp.some_time_ago() returns timestamptz language sql volatile
    as $$ select clock_timestamp() - interval '1 day' - random() * interval '700 days' $$;
  insert into realty.offers (uid, title, from_feed, created_at)
    select uid, 'Flat with ' || n + 1 || ' rooms', n > 3, pg_temp.some_time_ago() from people where n <= 5;
  insert into realty.hidden_offers (uid, offer_id, why, created_at)
    select uid, 100 + n, 'too loud', pg_temp.some_time_ago() from people where n <= 4;
  insert into realty.notes (uid, offer_id, note, created_at)
    select uid, 200 + n, 'ask about the balcony', pg_temp.some_time_ago() from people where n <= 6;
  insert into realty.favorites (uid, offer_id, created_at)
    select uid, 300 + n, pg_temp.some_time_ago() from people;
  insert into realty.comparisons (uid, offer_ids, created_at)
    select uid, array[300 + n, 301 + n], pg_temp.some_time_ago() from people where n <= 3;
  insert into realty.subscriptions (uid, query, created_at)
    select uid, n + 1 || ' rooms, near the centre', pg_temp.some_time_ago() from people where n <= 8;
  insert into realty.mortgage_applications (uid, bank, created_at)
    select uid, 'Bank ' || n, pg_temp.some_time_ago() from people where n <= 2;
`;
