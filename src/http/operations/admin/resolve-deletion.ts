import { requestBodies } from "../../../../generated/validators.js";
import { resolveDeletion as resolveDeletionFlow } from "../../../flows/admin/resolve-deletion.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, deletionIdIn } from "./act-of.ts";
import { deletionToWire } from "./deletion-wire.ts";

export const resolveDeletion: Handler = async (context, call) => {
  const body = checkBody(requestBodies.resolveDeletion, call.body);
  const { state, service = null } = body;
  const act = actOf(call, "resolveDeletion", body);
  const input = { act, deletionId: deletionIdIn(call), state, service };
  return jsonReply(deletionToWire(await resolveDeletionFlow(context.flows, input)));
};
