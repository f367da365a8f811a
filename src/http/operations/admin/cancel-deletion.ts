import { requestBodies } from "../../../../generated/validators.js";
import { cancelDeletion as cancelDeletionFlow } from "../../../flows/admin/cancel-deletion.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, deletionIdIn } from "./act-of.ts";
import { deletionToWire } from "./deletion-wire.ts";

export const cancelDeletion: Handler = async (context, call) => {
  const body = checkBody(requestBodies.cancelDeletion, call.body);
  const act = actOf(call, "cancelDeletion", body);
  const deletion = await cancelDeletionFlow(context.flows, { act, deletionId: deletionIdIn(call) });
  return jsonReply(deletionToWire(deletion));
};
