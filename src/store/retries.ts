import type { Part } from "../domain/part.ts";
import type { Store, Transaction } from "./connect.ts";
import type { SealedSnapshot } from "./seal.ts";
import { guarded } from "./transaction.ts";

type PartName = Pick<Part, "categoryId" | "service">;

/** A deletion's snapshot as it is before its user is locked; `null`: no such deletion. */
export async function readSnapshot(
  sql: Transaction,
  id: string,
): Promise<{ readonly snapshot: SealedSnapshot | null } | null> {
  const [row] = await sql<
    { sealed: Buffer | null; wrapped: Buffer | null; seal_key_id: string | null }[]
  >`select sealed, wrapped, seal_key_id from deletions where id = ${id}`;
  if (!row) return null;
  const { sealed, wrapped, seal_key_id: sealKeyId } = row;
  return { snapshot: sealed && wrapped && sealKeyId ? { sealed, wrapped, sealKeyId } : null };
}

/** Whether a deletion is there. */
export async function isDeletion(sql: Transaction, id: string): Promise<boolean> {
  return (await sql`select from deletions where id = ${id}`).length > 0;
}

/** A part that a newer deletion has in its hands. `isOver`: it is done with it, and cannot be called off any more. */
export interface Overtaken extends PartName {
  readonly isOver: boolean;
}

/** The parts of a deletion that a newer one has taken up, unless that was called off. */
export async function findOvertaken(sql: Transaction, id: string): Promise<readonly Overtaken[]> {
  return await sql<Overtaken[]>`
    select p.category_id as "categoryId", p.service, newer.is_over as "isOver" from parts p
      cross join lateral (
        select bool_or(n.closed_at is not null) as is_over from parts n
         where n.subject = p.subject and n.category_id = p.category_id and n.service = p.service
           and n.seq > p.seq and n.state <> 'cancelled') as newer
     where p.deletion_id = ${id} and newer.is_over is not null`;
}

/** The categories of these that some deletion of the user has open. */
export async function findOpenCategories(
  sql: Transaction,
  subjects: readonly string[],
  categoryIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }[]>`
    select category_id as id from deletion_categories
     where subject = any(${subjects as string[]}::uuid[]) and category_id = any(${categoryIds as string[]}::text[])
       and closed_at is null order by 1`;
  return rows.map(({ id }) => id);
}

/** A part whose time to be tried again by itself has come; until when it was kept, in ms. */
export type DuePart = PartName & Pick<Part, "retainedUntil">;

/** The parts of a deletion whose time to be tried again by themselves has come. */
export async function findDueParts(sql: Transaction, id: string): Promise<readonly DuePart[]> {
  return await sql<DuePart[]>`
    select category_id as "categoryId", service,
           (extract(epoch from retained_until) * 1000)::float8 as "retainedUntil"
      from parts where deletion_id = ${id} and retry_at <= clock_timestamp()`;
}

/** Deletions with parts whose time to be tried again by themselves has come, the first first. */
export async function findDueRetries({ sql }: Store, limit: number): Promise<string[]> {
  const rows = await guarded(sql<{ id: string }[]>`
    select deletion_id as id from parts where retry_at <= statement_timestamp()
     order by retry_at limit ${limit}`);
  return [...new Set(rows.map(({ id }) => id))];
}

/** Sets when parts are tried again by themselves; `null`: not any more. */
export async function setRetryAt(
  sql: Transaction,
  id: string,
  parts: readonly PartName[],
  inMs: number | null,
): Promise<void> {
  await sql`
    update parts set retry_at = clock_timestamp() + ${inMs}::float8 * interval '1 ms'
      from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb) as p ("categoryId" text, service text)
     where deletion_id = ${id} and category_id = p."categoryId" and parts.service = p.service
       and retry_at is not null`;
}

/**
 * Destroys the snapshot of a closed deletion that nothing needs any more: what failed and was not taken over, or
 * is still to be tried again by itself.
 */
export async function destroyUnneeded(
  sql: Transaction,
  id: string,
  taken: readonly PartName[],
): Promise<void> {
  await sql`
    update deletions d set sealed = null, wrapped = null, seal_key_id = null, sealed_until = null
     where id = ${id} and closed_at is not null
       and not exists (
         select from parts p
          where p.deletion_id = d.id
            and (p.retry_at is not null
                 or p.state = 'delete_failed' and (p.category_id, p.service) not in (
                      select t."categoryId", t.service
                        from jsonb_to_recordset(${JSON.stringify(taken)}::jsonb)
                          as t ("categoryId" text, service text))))`;
}
