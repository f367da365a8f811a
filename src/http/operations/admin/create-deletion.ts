import { requestBodies } from "../../../../generated/validators.js";
import { createDeletion as createDeletionFlow } from "../../../flows/admin/create-deletion.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf } from "./act-of.ts";
import { deletionToWire } from "./deletion-wire.ts";

export const createDeletion: Handler = async (context, call) => {
  const body = checkBody(requestBodies.createDeletion, call.body);
  const deletion = await createDeletionFlow(context.flows, {
    act: actOf(call, "createDeletion", body),
    uid: body.uid,
    categoryIds: body.categories,
    requestId: call.requestId,
  });
  return { ...jsonReply(deletionToWire(deletion)), status: 202 };
};
