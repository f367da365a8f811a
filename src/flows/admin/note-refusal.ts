import type { TakeoutError } from "../../domain/errors.ts";
import { insertAuditEvent } from "../../store/audit.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

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
  const { operation: act, error, ...rest } = input;
  try {
    const event = { ...rest, act, result: error.code };
    await guarded(insertAuditEvent(context.store.sql, event));
  } catch (fault) {
    context.log.error({ code: error.code, error: fault }, "an operator's act is not in the audit");
  }
}
