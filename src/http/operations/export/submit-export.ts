import { queryParameters } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import { submitExport as submitExportFlow } from "../../../flows/export/submit-export.ts";
import { checkQuery, type Handler, portalOf } from "../../operation.ts";
import { portalReply } from "../../present.ts";

export const submitExport: Handler = async (context, call) => {
  const { uid, portal } = portalOf(call);
  const takeoutRequestId = checkQuery(queryParameters.submitExport.request_id, call, "request_id");
  if (takeoutRequestId === null) throw new TakeoutError("request_id_missing");
  const { exportId } = await submitExportFlow(context.flows, {
    uid,
    portal: portal.name,
    takeoutRequestId,
    requestId: call.requestId,
  });
  return portalReply({ job_id: exportId });
};
