import type { Transaction } from "../connect.ts";

/**
 * Gives a user's exports the hash of the current secret, within the user's lock. One that is open beside another under
 * the current hash stays as it is: only processes that did not know of each other's secrets can have opened both.
 */
export async function moveExports(sql: Transaction, from: string, to: string): Promise<void> {
  await sql`
    update exports e set subject = ${to}
     where subject = ${from}
       and (closed_at is not null
            or not exists (select from exports o where o.subject = ${to} and o.closed_at is null))`;
  await sql`
    with taken as (
      delete from export_subjects where subject = ${from} returning export_id, is_owner
    )
    insert into export_subjects (subject, export_id, is_owner)
    select ${to}::uuid, export_id, is_owner from taken
    on conflict (subject, export_id) do update set is_owner = export_subjects.is_owner or excluded.is_owner`;
}
