import { requestBodies } from "../../../../generated/validators.js";
import { isCheckOk } from "../../../domain/service-check.ts";
import { checkService as checkServiceFlow } from "../../../flows/admin/check-service.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { actOf, inPath } from "./act-of.ts";

export const checkService: Handler = async (context, call) => {
  const body = checkBody(requestBodies.checkService, call.body);
  const act = actOf(call, "checkService", body);
  const check = await checkServiceFlow(context.flows, { act, service: inPath(call, "name") });
  const { error, clockDifferenceMs } = check;
  return jsonReply({
    service: check.service,
    is_ok: isCheckOk(check),
    is_reachable: check.isReachable,
    ...(error !== null && { error }),
    hub_ticket: check.hubTicket,
    service_ticket: check.serviceTicket,
    ...(clockDifferenceMs !== null && { clock_difference_ms: clockDifferenceMs }),
    missing_categories: check.missingCategories,
  });
};
