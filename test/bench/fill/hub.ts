import { randomBytes, randomUUIDv7 } from "node:crypto";
import postgres from "postgres";
import { bareIdentity } from "../../../src/domain/identity.ts";
import { deriveKeyring } from "../../../src/store/keys.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { sealSnapshot } from "../../../src/store/seal.ts";
import { createSubjects } from "../../../src/store/subjects.ts";
import { newUid, storedUid } from "../people.ts";
import type { OpenDeletion, Stock } from "./stock.ts";

/** The hub's only category. */
export const categoryId = "1";
const usersAtOnce = 10_000;

/** Of every hub process of a run. */
export const secret = randomBytes(32);
const keyring = deriveKeyring([secret]);
const subjects = createSubjects(keyring);

/**
 * Migrates a database as the hub does and stores deletions in it that are done, through all its tables, as if
 * it had worked for long.
 *
 * @param isNumbered - users are named by what SQL can compute of a number, for pgbench.
 */
export async function fillHub(url: string, stock: Stock, isNumbered = false): Promise<void> {
  await migrate(url);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`create unlogged table stock (at int, subject uuid, id uuid, seq bigint)`;
    for (let from = 0; from < stock.users; from += usersAtOnce) {
      const to = Math.min(from + usersAtOnce, stock.users);
      await sql`truncate stock`;
      if (isNumbered) {
        await sql`insert into stock
          select at, md5('user ' || at)::uuid, uuidv7(interval '-20 minutes')
            from generate_series(${from}::int, ${to - 1}::int) as at`;
      } else {
        const named = Array.from({ length: to - from }, (_, at) =>
          subjects.of(storedUid(from + at)),
        );
        await sql`insert into stock
          select at, subject, uuidv7(interval '-20 minutes')
            from unnest(${named}::uuid[]) with ordinality as named (subject, at)`;
      }
      await storeDone(sql, stock.services);
    }
    await sql`drop table stock`;
    await countAll(sql);
    await sql`vacuum (analyze)`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function storeDone(sql: postgres.Sql, services: number): Promise<void> {
  await sql`
    with made as (
      insert into deletions (id, subject, origin, accepted_at, closed_at, closed_as)
      select id, subject, 'portal', now() - interval '20 minutes', now() - interval '19 minutes', 'done' from stock
      returning id, seq)
    update stock set seq = made.seq from made where made.id = stock.id`;
  await sql`
    insert into deletion_categories (deletion_id, category_id, subject, closed_at, deleted_at)
    select id, ${categoryId}, subject, now() - interval '19 minutes', now() - interval '19 minutes' from stock`;
  await sql`
    insert into parts (deletion_id, category_id, service, subject, seq, state, attempt, due_at, closed_at, outcome)
    select id, ${categoryId}, 'service-' || k, subject, seq, 'deleted', 1, now() - interval '20 minutes',
           now() - interval '19 minutes', 'erased'
      from stock cross join generate_series(1, ${services}::int) as k`;
  await sql`
    with asked as (
      insert into requests (subject, request_key, category_ids, created_at)
      select subject, gen_random_uuid(), array[${categoryId}::text], now() - interval '20 minutes' from stock
      returning subject, request_key)
    insert into request_deletions (request_key, deletion_id, created_at)
    select request_key, id, now() - interval '20 minutes' from asked join stock using (subject)`;
  await sql`
    insert into events (at, deletion_id, category_id, service, attempt, event, from_state, to_state, source,
                        kid, body_hash)
    select now() - interval '19 minutes', id, ${categoryId}, 'service-' || k, attempt, event, from_state, to_state, source,
           case source when 'report' then 'service-' || k || '-1' end, case source when 'report' then gen_random_uuid() end
      from stock cross join (values
             (1, 0, 'accepted', null, 'due', 'portal'), (2, 1, 'claimed', 'due', 'calling', 'drive'),
             (3, 1, 'answered_accepted', 'calling', 'accepted', 'answer'),
             (4, 1, 'reported_deleted', 'accepted', 'deleted', 'report'))
             as e (n, attempt, event, from_state, to_state, source)
     cross join generate_series(1, ${services}::int) as k
     order by id, n, k`;
}

/** As the hub's watch leaves it, so that it does not count what is stored while figures are taken. */
async function countAll(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into part_counts (service, category_id, state, count)
    select service, category_id, state, count(*) from parts group by 1, 2, 3`;
  await sql`
    insert into part_watch (counted_seq, ahead_seq, recounted_at, watched_at)
    select coalesce(max(seq), 0), coalesce(max(seq), 0), clock_timestamp(), clock_timestamp() from events`;
}

/**
 * Deletions of new users whose parts are all taken on by their services, and wait for reports.
 */
export async function openHub(
  sql: postgres.Sql,
  count: number,
  services: number,
): Promise<OpenDeletion[]> {
  const opened = Array.from({ length: count }, () => ({ uid: newUid(), id: randomUUIDv7() }));
  const rows = opened.map(({ uid, id }) => {
    const sealed = sealSnapshot(keyring.current, id, {
      ...{ reportUid: uid, requestId: `request-${uid}`, identity: bareIdentity(uid) },
    });
    return {
      ...{ id, subject: subjects.of(uid), key: sealed.sealKeyId },
      ...{ sealed: sealed.sealed.toString("hex"), wrapped: sealed.wrapped.toString("hex") },
    };
  });
  const given = sql`jsonb_to_recordset(${sql.json(rows)})
    as g (id uuid, subject uuid, key text, sealed text, wrapped text)`;
  await sql`
    with given as materialized (select * from ${given}),
    made as (
      insert into deletions (id, subject, origin, accepted_at, wake_at, sealed, wrapped, seal_key_id)
      select id, subject, 'portal', now(), now() + interval '1 hour', decode(sealed, 'hex'), decode(wrapped, 'hex'), key
        from given returning id, seq, subject),
    categories as (
      insert into deletion_categories (deletion_id, category_id, subject)
      select id, ${categoryId}, subject from given)
    insert into parts (deletion_id, category_id, service, subject, seq, state, attempt, due_at)
    select id, ${categoryId}, 'service-' || k, subject, seq, 'accepted', 1, now() + interval '1 hour'
      from made cross join generate_series(1, ${services}::int) as k`;
  return opened;
}

/** The same for pgbench, with users that SQL can name. */
export async function openNumbered(
  sql: postgres.Sql,
  { from, count, services }: { from: number; count: number; services: number },
): Promise<void> {
  await sql`
    with made as (
      insert into deletions (id, subject, origin, accepted_at, wake_at, sealed, wrapped, seal_key_id)
      select uuidv7(), md5('open ' || at)::uuid, 'portal', now(), now() + interval '1 hour',
             repeat('s', 150)::bytea, repeat('w', 60)::bytea, '0123456789abcdef'
        from generate_series(${from}::int, ${from + count - 1}::int) as at
      returning id, seq, subject),
    categories as (
      insert into deletion_categories (deletion_id, category_id, subject)
      select id, ${categoryId}, subject from made)
    insert into parts (deletion_id, category_id, service, subject, seq, state, attempt, due_at)
    select id, ${categoryId}, 'service-' || k, subject, seq, 'accepted', 1, now() + interval '1 hour'
      from made cross join generate_series(1, ${services}::int) as k`;
}
