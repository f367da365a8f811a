import { requestBodies } from "../../../../generated/validators.js";
import { pauseService as pauseServiceFlow } from "../../../flows/admin/pause-service.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, inPath } from "./act-of.ts";
import { serviceToWire } from "./service-wire.ts";

export const pauseService: Handler = async (context, call) => {
  const body = checkBody(requestBodies.pauseService, call.body);
  const act = actOf(call, "pauseService", body);
  const input = { act, service: inPath(call, "name"), isToPause: true };
  return jsonReply(serviceToWire(await pauseServiceFlow(context.flows, input)));
};

export const resumeService: Handler = async (context, call) => {
  const body = checkBody(requestBodies.resumeService, call.body);
  const act = actOf(call, "resumeService", body);
  const input = { act, service: inPath(call, "name"), isToPause: false };
  return jsonReply(serviceToWire(await pauseServiceFlow(context.flows, input)));
};
