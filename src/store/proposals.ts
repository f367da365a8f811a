import type { ResolvedState } from "../domain/shown.ts";
import type { Transaction } from "./connect.ts";

/** How an operator proposes to end what is left of a deletion. */
export interface NewProposal {
  readonly deletionId: string;
  readonly state: ResolvedState;
  /** `null`: of all services. */
  readonly service: string | null;
  readonly reason: string;
  readonly client: string;
  readonly login: string;
}

/** The proposal that waits for somebody to confirm it; the deletion's lock keeps it as it is. */
export async function findProposal(
  sql: Transaction,
  deletionId: string,
): Promise<Pick<NewProposal, "state" | "service" | "login"> | null> {
  const [row] = await sql<Pick<NewProposal, "state" | "service" | "login">[]>`
    select state, service, login from resolve_proposals where deletion_id = ${deletionId}`;
  return row ?? null;
}

/** Replaces the one before. */
export async function setProposal(sql: Transaction, proposal: NewProposal): Promise<void> {
  const { deletionId, state, service, reason, client, login } = proposal;
  await sql`
    insert into resolve_proposals (deletion_id, state, service, reason, client, login)
    values (${deletionId}, ${state}, ${service}, ${reason}, ${client}, ${login})
    on conflict (deletion_id) do update
      set state = excluded.state, service = excluded.service, reason = excluded.reason,
          client = excluded.client, login = excluded.login, proposed_at = excluded.proposed_at`;
}

export async function deleteProposal(sql: Transaction, deletionId: string): Promise<void> {
  await sql`delete from resolve_proposals where deletion_id = ${deletionId}`;
}

/**
 * Lets what services keep by law be: it is not tried again by itself, and unless something else needs it the
 * snapshot of the deletion is destroyed.
 *
 * @param service - whose parts; `null`: of all.
 * @param deadlineMs - how long after closing the snapshot stays for what has failed, or is kept for no known time.
 */
export async function releaseRetained(
  sql: Transaction,
  deletionId: string,
  service: string | null,
  deadlineMs: number,
): Promise<void> {
  await sql`
    update parts set retry_at = null
     where deletion_id = ${deletionId} and retry_at is not null and (${service}::text is null or service = ${service})`;
  await sql`
    update deletions d set sealed = null, wrapped = null, seal_key_id = null, sealed_until = null
     where id = ${deletionId} and closed_at is not null
       and not exists (select from parts p
                        where p.deletion_id = d.id
                          and (p.state = 'delete_failed' or p.retry_at is not null
                               or p.outcome = 'retained' and p.service <> ${service}::text
                                  and coalesce(p.retained_until <= p.closed_at, true)))`;
  await sql`
    update deletions d set sealed_until = least(sealed_until, closed_at + ${deadlineMs}::float8 * interval '1 ms')
     where id = ${deletionId} and sealed_until is not null
       and not exists (select from parts p where p.deletion_id = d.id and p.retry_at is not null)`;
}
