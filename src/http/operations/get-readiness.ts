import { TakeoutError } from "../../domain/errors.ts";
import { checkReadiness } from "../../flows/check-readiness.ts";
import type { HttpContext } from "../context.ts";
import type { Handler } from "../operation.ts";
import { jsonReply, presentProblem } from "../present.ts";

export const getReadiness: Handler = async (context, call) => {
  const missing = await checkReadiness(context.flows);
  if (hearsNoPortal(context)) missing.push("keys");
  if (missing.length === 0) return jsonReply({ status: "ok" });
  return presentProblem(new TakeoutError("unavailable"), call.requestId, { missing });
};

/** One portal whose keys cannot be read is no reason to take the hub from all the others. */
function hearsNoPortal({ portals, verifier }: HttpContext): boolean {
  return portals.size > 0 && ![...portals.keys()].some((name) => verifier.hasKeysOf(name));
}
