import type { TakeoutError } from "../../domain/errors.ts";
import { insertAuditEvent } from "../../store/audit.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { namesUser } from "./named-user.ts";

export interface RefusalInput {
  readonly client: string;
  readonly login: string;
  readonly operation: string;
  readonly target: string | null;
  readonly reason: string | null;
  readonly error: TakeoutError;
}

/**
 * Writes into the audit that an act came to nothing. Never throws: while the ledger is away only the log can
 * tell of it.
 *
 * Source: contract 10.
 */
export async function noteRefusal(context: FlowContext, input: RefusalInput): Promise<void> {
  const { client, login, operation: act, target, error } = input;
  const { sql } = context.store;
  try {
    // A reason that was at fault may name a user whom the ledger does not know, for the act came to nothing.
    const isAtFault = error.faults.some(({ pointer }) => pointer === "/reason");
    const given = isAtFault ? null : input.reason;
    const isNaming = given !== null && (await guarded(namesUser(context, sql, given)));
    const reason = isNaming ? null : given;
    const event = { client, login, act, target, reason, result: error.code };
    await guarded(insertAuditEvent(sql, event));
  } catch (fault) {
    context.log.error({ code: error.code, error: fault }, "an operator's act is not in the audit");
  }
}
