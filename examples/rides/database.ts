import postgres from "postgres";

export type Sql = postgres.Sql;

const seedLock = 4105;

/** Opens the service's own database, making its schema and rows if they are not there yet. */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, { max: 6, connect_timeout: 5, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    const [found] = await tx<{ there: boolean }[]>`
      select to_regclass('rides.rides') is not null as there`;
    if (found?.there) return;
    await tx.unsafe(schema);
    await tx.unsafe(seed);
  });
  return sql;
}

// A ride bears what was known of the passenger when it was ordered: in the app, by telephone, through the website.
const schema = `
  create schema rides;
  create table rides.rides (id bigint generated always as identity primary key,
    uid text, user_id text, phone_id text, route text not null, cents integer not null,
    created_at timestamptz not null default clock_timestamp());
  create table rides.contacts (id bigint generated always as identity primary key,
    personal_phone_id text, personal_email_id text, label text not null,
    created_at timestamptz not null default clock_timestamp());
  create table rides.debts (id bigint generated always as identity primary key,
    user_id text, phone_id text, cents integer not null, paid_at timestamptz,
    created_at timestamptz not null default clock_timestamp());
  create index on rides.rides (uid) where uid is not null;
  create index on rides.rides (user_id) where user_id is not null;
  create index on rides.rides (phone_id) where phone_id is not null;
  create index on rides.contacts (personal_phone_id);
  create index on rides.contacts (personal_email_id);
  create index on rides.debts (user_id);
  create index on rides.debts (phone_id);
`;

/** Who has ridden so often that deletion and export take their time. */
export const frequent = { uid: "4004", rides: 200_000 };

const someTimeAgo = "clock_timestamp() - interval '1 day' - random() * interval '700 days'";

/** Somebody known by each identifier in turn, a debtor, and a long history. The identity service links them. */
const seed = `
  insert into rides.rides (uid, user_id, phone_id, route, cents, created_at)
    select case n when 1 then uid::text when 2 then '700000' || uid end,
           case n when 3 then 'user-' || uid when 4 then 'user-' || uid when 5 then 'old-user-' || uid end,
           case when n > 5 then 'phone-' || uid end,
           (array['Home to the station', 'Station to the office', 'Office to home'])[n % 3 + 1], 650 + 110 * n, ${someTimeAgo}
      from generate_series(4001, 4200) as uid, generate_series(1, 7) as n;
  insert into rides.contacts (personal_phone_id, personal_email_id, label, created_at)
    select case n when 1 then 'tel-' || uid end, case n when 2 then 'mail-' || uid end,
           case n when 1 then 'Rides ordered for somebody else' else 'Where reports of rides go' end, ${someTimeAgo}
      from generate_series(4001, 4200) as uid, generate_series(1, 2) as n;
  insert into rides.debts (user_id, phone_id, cents, paid_at, created_at)
    values (null, 'phone-4003', 1240, null, clock_timestamp() - interval '3 days'),
           ('user-4001', null, 870, clock_timestamp() - interval '80 days', clock_timestamp() - interval '90 days');
  insert into rides.rides (user_id, route, cents, created_at)
    select 'user-${frequent.uid}', 'Ride ' || n, 500 + n % 1000, clock_timestamp() - interval '1 day' - n * interval '5 minutes'
      from generate_series(1, ${frequent.rides}) as n;
`;
