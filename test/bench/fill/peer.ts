import { randomBytes, randomUUIDv7 } from "node:crypto";
import postgres from "postgres";
import { createSubject } from "../peer/ledger.ts";
import { schema } from "../peer/schema.ts";
import { newUid, storedUid } from "../people.ts";
import { categoryId } from "./hub.ts";
import type { OpenDeletion, Stock } from "./stock.ts";

const usersAtOnce = 10_000;

/** Of every process of the peer in a run. */
export const peerSecret = randomBytes(32).toString("base64");
const subjectOf = createSubject(peerSecret);

/** The peer's tables, with deletions in them that are done. */
export async function fillPeer(url: string, stock: Stock): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(schema);
    for (let from = 0; from < stock.users; from += usersAtOnce) {
      const count = Math.min(usersAtOnce, stock.users - from);
      const named = Array.from({ length: count }, (_, at) => subjectOf(storedUid(from + at)));
      await sql`
        with made as (
          insert into deletions (id, subject, accepted_at, open_parts, closed_at)
          select uuidv7(interval '-20 minutes'), subject, now() - interval '20 minutes', 0, now() - interval '19 minutes'
            from unnest(${named}::uuid[]) as subject returning id, subject),
        asked as (
          insert into requests (subject, request_id, categories)
          select subject, 'request ' || id, array[${categoryId}::text] from made)
        insert into parts (subject, deletion_id, category, service, state, closed_at)
        select subject, id, ${categoryId}, 'service-' || k, 'deleted', now() - interval '19 minutes'
          from made cross join generate_series(1, ${stock.services}::int) as k`;
    }
    await sql`vacuum (analyze)`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Deletions of new users that wait for all their services' reports. */
export async function openPeer(
  sql: postgres.Sql,
  count: number,
  services: number,
): Promise<OpenDeletion[]> {
  const opened = Array.from({ length: count }, () => ({ uid: newUid(), id: randomUUIDv7() }));
  const rows = opened.map(({ uid, id }) => ({ id, subject: subjectOf(uid) }));
  await sql`
    with made as (
      insert into deletions (id, subject, accepted_at, open_parts)
      select id, subject, now(), ${services}::int
        from jsonb_to_recordset(${sql.json(rows)}) as g (id uuid, subject uuid)
      returning id, subject)
    insert into parts (subject, deletion_id, category, service, state)
    select subject, id, ${categoryId}, 'service-' || k, 'accepted'
      from made cross join generate_series(1, ${services}::int) as k`;
  return opened;
}
