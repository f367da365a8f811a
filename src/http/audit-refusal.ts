import type { Context } from "hono";
import { isId } from "../domain/id.ts";
import { noteRefusal } from "../flows/admin/note-refusal.ts";
import type { OperatorCaller } from "./caller.ts";
import type { HttpContext } from "./context.ts";
import type { Reply } from "./present.ts";
import { toTakeoutError } from "./present.ts";

interface Attempt {
  readonly operation: string;
  readonly caller: OperatorCaller;
  readonly c: Context;
  /** What was read of the body before it went wrong. */
  readonly read: { readonly body?: unknown };
}

/**
 * Notes an act of an operator in the audit when it is refused or fails, whatever the reason: who, what and why
 * as far as they are known. One that succeeds is noted with what it does.
 */
export async function auditRefusal(
  context: HttpContext,
  { operation, caller, c, read }: Attempt,
  answer: () => Promise<Reply>,
): Promise<Reply> {
  try {
    return await answer();
  } catch (thrown) {
    const { client, login } = caller;
    const target = targetOf(context, c);
    const reason = reasonOf(read.body ?? { reason: c.req.query("reason") });
    const error = toTakeoutError(thrown);
    await noteRefusal(context.flows, { client, login, operation, target, reason, error });
    throw thrown;
  }
}

const longestReason = 1024;

/** Nothing but ids of ours and names that are configured: anything else in a path may name a user. */
function targetOf({ flows }: HttpContext, c: Context): string | null {
  const id = c.req.param("deletion_id") ?? c.req.param("hold_id") ?? c.req.param("job_id");
  if (id !== undefined) return isId(id) ? id.toLowerCase() : null;
  const name = c.req.param("name");
  return name !== undefined && flows.registry.findService(name) ? name : null;
}

/** Left out where it names the user that the body names, or is none. */
function reasonOf(body: unknown): string | null {
  const { reason, uid } = (body ?? {}) as { reason?: unknown; uid?: unknown };
  if (typeof reason !== "string" || reason.includes("\0")) return null;
  if (uid !== undefined && reason.includes(String(uid))) return null;
  return reason.slice(0, longestReason);
}
