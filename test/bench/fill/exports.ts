import { randomUUID } from "node:crypto";
import type postgres from "postgres";
import { deriveKeyring } from "../../../src/store/keys.ts";
import { createSubjects } from "../../../src/store/subjects.ts";
import { newUid } from "../people.ts";
import { secret } from "./hub.ts";

/** One user whose export can be asked for by name. */
export interface KnownExport {
  readonly uid: string;
  readonly requestId: string;
}

const subjects = createSubjects(deriveKeyring([secret]));

/**
 * Stores exports as months of work leave them, one a minute: nearly all are over and expired, a few failed or had
 * nothing, the newest are ready or still run. And as many holds as a fiftieth of that.
 */
export async function fillExports(
  sql: postgres.Sql,
  count: number,
  services: number,
): Promise<KnownExport> {
  const known = { uid: newUid(), requestId: `export-${randomUUID()}` };
  await storeExports(sql, count);
  await sql`
    insert into export_parts (export_id, service, state, attempt, due_at, closed_at, files, bytes)
    select id, 'service-' || k, case when closed_at is null then 'due' else 'exported' end,
           case when closed_at is null then 0 else 1 end, created_at, closed_at, 2, 4096
      from exports cross join generate_series(1, ${services}::int) as k`;
  await sql`
    insert into export_subjects (subject, export_id, is_owner) select subject, id, true from exports`;
  await sql`
    insert into export_requests (subject, request_key, export_id)
    select subject, gen_random_uuid(), id from exports`;
  await storeKnown(sql, known);
  await sql`
    insert into holds (id, subject, reason, client, login)
    select uuidv7(), gen_random_uuid(), 'court', 'desk', 'alice' from generate_series(1, ${count / 50}::int)`;
  await sql`vacuum (analyze)`;
  return known;
}

async function storeExports(sql: postgres.Sql, count: number): Promise<void> {
  await sql`
    with made as (
      select at, now() - (${count}::int - at) * interval '1 minute' as begun from generate_series(1, ${count}::int) as at
    )
    insert into exports (id, subject, portal, delivery, created_at, updated_at, deadline_at, due_at, closed_at,
                         state, archive_id, expires_at, is_expired)
    select uuidv7(begun - now()), gen_random_uuid(), 'passport', 'store', begun, begun, begun + interval '3 days', begun,
           case when is_closed then begun + interval '2 minutes' end,
           case when not is_closed then null when at % 100 = 0 then 'failed' when at % 100 = 1 then 'no_data'
                when at % 50 = 2 then 'partial' else 'ready' end,
           case when is_closed and at % 100 > 1 then gen_random_uuid() end,
           case when is_closed and at % 100 > 1 then begun + interval '7 days' end,
           is_closed and at % 100 > 1 and begun < now() - interval '7 days'
      from made cross join lateral (select at <= ${count}::int * 0.99 as is_closed) as so`;
}

async function storeKnown(sql: postgres.Sql, { uid, requestId }: KnownExport): Promise<void> {
  const subject = subjects.of(uid);
  const key = subjects.requestKey(requestId);
  await sql`
    with one as (select id from exports where closed_at is not null order by id limit 1),
    owned as (insert into export_subjects (subject, export_id, is_owner) select ${subject}, id, true from one)
    insert into export_requests (subject, request_key, export_id) select ${subject}, ${key}, id from one`;
}
