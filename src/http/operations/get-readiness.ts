import { TakeoutError } from "../../domain/errors.ts";
import { checkReadiness } from "../../flows/check-readiness.ts";
import type { Handler } from "../operation.ts";
import { jsonReply, presentProblem } from "../present.ts";

export const getReadiness: Handler = async (context, call) => {
  const missing = await checkReadiness(context.flows);
  if (context.publicJwks?.keys.length === 0) missing.push("keys");
  if (missing.length === 0) return jsonReply({ status: "ok" });
  return presentProblem(new TakeoutError("unavailable"), call.requestId, { missing });
};
