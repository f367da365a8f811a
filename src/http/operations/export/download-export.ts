import { requestBodies } from "../../../../generated/validators.js";
import { downloadExport as downloadExportFlow } from "../../../flows/export/download-export.ts";
import { checkBody, type Handler, portalOf } from "../../operation.ts";
import { portalReply } from "../../present.ts";
import { readJobId } from "./job-id.ts";

export const downloadExport: Handler = async (context, call) => {
  const { uid } = portalOf(call);
  const { job_id: jobId } = checkBody(requestBodies.downloadExport, call.body);
  const exportId = readJobId(jobId, "job_not_found");
  const { link, expiresAt } = await downloadExportFlow(context.flows, { uid, exportId });
  return portalReply({
    url: `${context.flows.rules.publicUrl}/takeout/archives/${link}`,
    expires_at: new Date(expiresAt).toISOString(),
  });
};
