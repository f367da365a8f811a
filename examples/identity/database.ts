import postgres from "postgres";

export type Sql = postgres.Sql;

const seedLock = 4104;

/** Opens the service's own database, making its schema and rows if they are not there yet. */
export async function openDatabase(url: string): Promise<Sql> {
  const sql = postgres(url, { max: 4, connect_timeout: 5, onnotice: () => {} });
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${seedLock})`;
    const [found] = await tx<{ there: boolean }[]>`
      select to_regclass('identity.links') is not null as there`;
    if (found?.there) return;
    await tx.unsafe(schema);
    await tx.unsafe(seed);
  });
  return sql;
}

/** What else the services know a portal account by. */
export const kinds = ["account", "user", "phone", "personal_phone", "personal_email"] as const;
export type Kind = (typeof kinds)[number];

// A link bears the time of its last use, not of its first: whoever is recognised by it renews it. So what is newer
// than the fence of a deletion never loses the link by which the next deletion has to find it.
const schema = `
  create schema identity;
  create table identity.links (id bigint generated always as identity primary key,
    uid text not null,
    kind text not null check (kind in (${kinds.map((kind) => `'${kind}'`).join(", ")})),
    value text not null,
    used_at timestamptz not null default clock_timestamp());
  create unique index on identity.links (uid, kind, value);
  create index on identity.links (value) where kind = 'account';
`;

/** Two installations of the app, a phone number, and the account that was made from that number at the first ride. */
const seed = `
  insert into identity.links (uid, kind, value, used_at)
    select uid::text, kind, value || uid, clock_timestamp() - interval '1 day'
      from generate_series(4001, 4200) as uid,
           (values ('account', '700000'), ('user', 'user-'), ('user', 'old-user-'), ('phone', 'phone-'),
                   ('personal_phone', 'tel-'), ('personal_email', 'mail-')) as links (kind, value);
`;
