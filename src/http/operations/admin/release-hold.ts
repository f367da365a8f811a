import { queryParameters } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import { isId } from "../../../domain/id.ts";
import { releaseHold as releaseHoldFlow } from "../../../flows/admin/release-hold.ts";
import { checkQuery, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, inPath } from "./act-of.ts";

export const releaseHold: Handler = async (context, call) => {
  const reason = checkQuery(queryParameters.releaseHold.reason, call, "reason");
  const act = actOf(call, "releaseHold", { reason });
  const holdId = inPath(call, "hold_id");
  if (!isId(holdId)) throw new TakeoutError("not_found");
  await releaseHoldFlow(context.flows, { act: { ...act, idempotency: null }, holdId });
  return jsonReply({});
};
