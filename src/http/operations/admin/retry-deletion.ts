import { requestBodies } from "../../../../generated/validators.js";
import { retryDeletion as retryDeletionFlow } from "../../../flows/admin/retry-deletion.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, deletionIdIn } from "./act-of.ts";
import { deletionToWire } from "./deletion-wire.ts";

export const retryDeletion: Handler = async (context, call) => {
  const body = checkBody(requestBodies.retryDeletion, call.body);
  const act = actOf(call, "retryDeletion", body);
  const deletion = await retryDeletionFlow(context.flows, { act, deletionId: deletionIdIn(call) });
  return { ...jsonReply(deletionToWire(deletion)), status: 202 };
};
