import type { OperationId } from "../../../../generated/operations.ts";
import { validateActReason, validateRequestId } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import { isId } from "../../../domain/id.ts";
import type { Act } from "../../../flows/admin/act.ts";
import type { OperatorCaller } from "../../caller.ts";
import type { OperationCall } from "../../operation.ts";

/**
 * The act that a request asks for. What makes it the same request again is its path and its body.
 *
 * @param reason - checked already where it comes in a body.
 * @param uid - whom the request names; the reason, which is kept, must not.
 * @throws TakeoutError `bad_request`.
 */
export function actOf(
  call: OperationCall,
  operation: OperationId,
  { reason, uid }: { readonly reason: string | null; readonly uid?: string },
): Act {
  const { client, login } = operatorOf(call);
  if (reason === null || !validateActReason(reason)) throw badReason("is missing or too long");
  if (uid !== undefined && reason.includes(uid)) throw badReason("must not name the user");
  const key = call.header("idempotency-key");
  if (key !== null && !validateRequestId(key)) {
    const detail = "Idempotency-Key must be 1 to 128 visible ASCII characters";
    throw new TakeoutError("bad_request", { detail });
  }
  const line = Buffer.from(`${call.method} ${call.path}\n`);
  const idempotency = key === null ? null : { key, request: Buffer.concat([line, call.bytes]) };
  return { client, login, operation, reason, idempotency };
}

function badReason(detail: string): TakeoutError {
  const faults = [{ pointer: "/reason", detail }];
  return new TakeoutError("bad_request", { detail: `The reason ${detail}`, faults });
}

/** The operator that calls. Fails loudly where the contract's table and a handler disagree. */
function operatorOf(call: OperationCall): OperatorCaller {
  if (call.caller.kind !== "operator") throw new Error("the operation is not one of operators'");
  return call.caller;
}

/** The deletion that the path names. @throws TakeoutError `not_found`: what is no id names none. */
export function deletionIdIn(call: OperationCall): string {
  const id = inPath(call, "deletion_id");
  if (isId(id)) return id.toLowerCase();
  throw new TakeoutError("not_found");
}

/** A parameter of the path. */
export function inPath(call: OperationCall, name: string): string {
  return call.parameter(name) ?? "";
}
