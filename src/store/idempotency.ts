import type { Sql, Transaction } from "./connect.ts";

/** What a request under an `Idempotency-Key` is known by, hashed, under every live secret, the newest first. */
export interface IdempotencyHashes {
  readonly keys: readonly [string, ...string[]];
  readonly requests: readonly [string, ...string[]];
}

/** What was answered: the result of an act, or why it was refused. */
export type KeptAnswer =
  | { readonly kind: "done"; readonly result: unknown }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string | null;
      readonly categoryId: string | null;
    };

/** How long an answer is kept. */
const keptFor = "24 hours";
const lockClass = 7466;

/** Lets one request with a key be under way at a time. */
export async function lockKey(sql: Transaction, { keys }: IdempotencyHashes): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(${lockClass}::int, key)
      from (select distinct hashtext(key) as key from unnest(${keys as unknown as string[]}::text[]) as key
             order by key offset 0) as keys`;
}

/** @returns `other`: the key was used for another request; `null`: it was not used. */
export async function findAnswer(
  sql: Sql | Transaction,
  { keys, requests }: IdempotencyHashes,
): Promise<KeptAnswer | "other" | null> {
  const [row] = await sql<{ answer: KeptAnswer; request_hash: string }[]>`
    select answer, request_hash from idempotency_keys
     where key = any(${keys as unknown as string[]}::uuid[])
       and created_at > clock_timestamp() - ${keptFor}::interval
     order by created_at desc limit 1`;
  if (!row) return null;
  return requests.includes(row.request_hash) ? row.answer : "other";
}

/** Keeps an answer in place of one whose time is over; one that is kept still stays. */
export async function keepAnswer(
  sql: Sql | Transaction,
  { keys, requests }: IdempotencyHashes,
  answer: KeptAnswer,
): Promise<void> {
  await sql`
    insert into idempotency_keys (key, request_hash, answer)
    values (${keys[0]}, ${requests[0]}, ${JSON.stringify(answer)}::text::jsonb)
    on conflict (key) do update
      set request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at
      where idempotency_keys.created_at <= clock_timestamp() - ${keptFor}::interval`;
}
