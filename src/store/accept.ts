import { addDriveJob } from "../queue/enqueue.ts";
import type { Store } from "./connect.ts";
import type { SealedSnapshot } from "./seal.ts";
import { transact } from "./transaction.ts";

/** A deletion that is to be accepted, with everything that does not depend on what is open already. */
export interface NewDeletion {
  readonly id: string;
  readonly subject: string;
  readonly origin: "portal";
  /** Whose request it is, by the uid that asked: the ledger's user may be another of the same person. */
  readonly request: { readonly subject: string; readonly key: string };
  /** Sorted, without duplicates. */
  readonly categoryIds: readonly string[];
  readonly parts: readonly {
    readonly categoryId: string;
    readonly service: string;
    readonly state: "waiting" | "due";
  }[];
  readonly snapshot: SealedSnapshot;
  /** The person's other uids, hashed, which reports may bear. */
  readonly aliases: readonly string[];
}

export interface Accepted {
  /** False: the same request was recorded by somebody else meanwhile; nothing was written. */
  readonly isRecorded: boolean;
  /** Whether a deletion was started; false when all categories were open already and were joined. */
  readonly isStarted: boolean;
}

/** Serializes acceptance for a user: lock class of the advisory locks taken here. */
const acceptanceLockClass = 7462;

/**
 * Records a request, joins the categories that are open, and starts a deletion of the others with its
 * parts, their events and the queue's job, all in one transaction (rule 1). Safe to run twice: the request's
 * key makes the second run a repeat.
 *
 * The fence is the database's clock once all rows that decide are locked (contract 7), cut to milliseconds.
 *
 * @throws TakeoutError `unavailable`; whether it was recorded is then not known.
 */
export async function acceptDeletion(store: Store, deletion: NewDeletion): Promise<Accepted> {
  return await transact(store, async (sql) => {
    await sql`select pg_advisory_xact_lock(${acceptanceLockClass}::int, hashtext(${deletion.subject}))`;
    const [row] = await sql<{ recorded: number; started: number }[]>`
      with request as (
        insert into requests (subject, request_key, category_ids)
        values (${deletion.request.subject}, ${deletion.request.key}, ${deletion.categoryIds as string[]}::text[])
        on conflict (subject, request_key) do nothing
        returning 1
      ), categories as (
        insert into deletion_categories (deletion_id, category_id, subject)
        select ${deletion.id}::uuid, category_id, ${deletion.subject}::uuid
          from unnest(${deletion.categoryIds as string[]}::text[]) as asked (category_id)
         where exists (select from request)
         order by category_id
        on conflict (subject, category_id) where closed_at is null do update set is_joined = true
        returning deletion_id, category_id
      ), own as (
        select category_id from categories where deletion_id = ${deletion.id}::uuid
      ), fence as (
        select date_trunc('milliseconds', clock_timestamp()) as at
          from (select count(*) as made from own) as counted where made > 0
      ), deletion as (
        insert into deletions (id, subject, origin, accepted_at, wake_at, sealed, wrapped, seal_key_id)
        select ${deletion.id}::uuid, ${deletion.subject}::uuid, ${deletion.origin}, at, at,
               ${deletion.snapshot.sealed}::bytea, ${deletion.snapshot.wrapped}::bytea,
               ${deletion.snapshot.sealKeyId}
          from fence
        returning id, seq, accepted_at
      ), made as (
        insert into parts (deletion_id, category_id, service, subject, seq, state, due_at)
        select deletion.id, part.category_id, part.service, ${deletion.subject}::uuid, deletion.seq,
               part.state, deletion.accepted_at
          from deletion
          cross join jsonb_to_recordset(${JSON.stringify(deletion.parts.map(toRow))}::jsonb)
                  as part (category_id text, service text, state text)
          join own using (category_id)
        returning deletion_id, category_id, service, attempt, state
      ), named as (
        insert into deletion_aliases (subject, deletion_id)
        select alias, deletion.id from deletion cross join unnest(${deletion.aliases as string[]}::uuid[]) as alias
      ), logged as (
        insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
        select deletion_id, category_id, service, attempt, 'accepted', state, 'portal' from made
      ), job as (
        select ${addDriveJob(sql, sql`id`, sql`accepted_at`)} from deletion
      )
      select (select count(*) from request)::int as recorded, (select count(*) from job)::int as started`;
    return { isRecorded: row?.recorded === 1, isStarted: row?.started === 1 };
  });
}

function toRow(part: NewDeletion["parts"][number]) {
  return { category_id: part.categoryId, service: part.service, state: part.state };
}
