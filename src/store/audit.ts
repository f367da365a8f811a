import type { Sql, Transaction } from "./connect.ts";

/** One act of an operator; operators are staff, and a target is never a user. */
export interface AuditEvent {
  readonly client: string;
  readonly login: string;
  readonly act: string;
  readonly target: string | null;
  readonly reason: string | null;
  /** `ok`, or the code of the error. */
  readonly result: string;
}

export async function insertAuditEvent(sql: Sql | Transaction, event: AuditEvent): Promise<void> {
  const { client, login, act, target, reason, result } = event;
  await sql`
    insert into audit_events (client, login, act, target, reason, result)
    values (${client}, ${login}, ${act}, ${target}, ${reason}, ${result})`;
}
