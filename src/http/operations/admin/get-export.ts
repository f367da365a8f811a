import { getExport as getExportFlow } from "../../../flows/admin/get-export.ts";
import type { Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { readJobId } from "../export/job-id.ts";
import { inPath } from "./act-of.ts";
import { exportTimelineToWire } from "./export-wire.ts";

export const getExport: Handler = async (context, call) => {
  const exportId = readJobId(inPath(call, "job_id"), "not_found");
  return jsonReply(exportTimelineToWire(await getExportFlow(context.flows, { exportId })));
};
