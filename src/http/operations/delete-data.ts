import { queryParameters, requestBodies } from "../../../generated/validators.js";
import { TakeoutError } from "../../domain/errors.ts";
import { acceptDeletion } from "../../flows/accept-deletion.ts";
import { checkBody, checkQuery, type Handler, portalOf } from "../operation.ts";
import { portalReply } from "../present.ts";

export const deleteData: Handler = async (context, call) => {
  const { uid } = portalOf(call);
  const takeoutRequestId = checkQuery(queryParameters.deleteData.request_id, call, "request_id");
  if (takeoutRequestId === null) throw new TakeoutError("request_id_missing");
  const { id: categoryIds = [] } = checkBody(requestBodies.deleteData, call.body);
  const input = { uid, takeoutRequestId, categoryIds, requestId: call.requestId };
  await acceptDeletion(context.flows, { ...input, origin: "portal" });
  return portalReply();
};
