import { requestBodies } from "../../../../generated/validators.js";
import { placeHold as placeHoldFlow } from "../../../flows/admin/place-hold.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf } from "./act-of.ts";

export const placeHold: Handler = async (context, call) => {
  const body = checkBody(requestBodies.placeHold, call.body);
  const { holdId } = await placeHoldFlow(context.flows, {
    act: actOf(call, "placeHold", body),
    uid: body.uid,
    categoryIds: body.categories ?? null,
  });
  return { ...jsonReply({ hold_id: holdId }), status: 201 };
};
