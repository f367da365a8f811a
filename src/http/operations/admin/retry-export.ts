import { requestBodies } from "../../../../generated/validators.js";
import { retryExport as retryExportFlow } from "../../../flows/admin/retry-export.ts";
import { checkBody, type Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { readJobId } from "../export/job-id.ts";
import { actOf, inPath } from "./act-of.ts";
import { exportToWire } from "./export-wire.ts";

export const retryExport: Handler = async (context, call) => {
  const body = checkBody(requestBodies.retryExport, call.body);
  const act = actOf(call, "retryExport", body);
  const exportId = readJobId(inPath(call, "job_id"), "not_found");
  const shown = await retryExportFlow(context.flows, { act, exportId });
  return { ...jsonReply(exportToWire(shown)), status: 202 };
};
