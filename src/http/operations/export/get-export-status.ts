import { queryParameters } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import type { ShownExport } from "../../../domain/shown-export.ts";
import { findOwnedExport } from "../../../flows/export/find-owned.ts";
import { checkQuery, type Handler, portalOf } from "../../operation.ts";
import { portalReply } from "../../present.ts";
import { readJobId } from "./job-id.ts";

export const getExportStatus: Handler = async (context, call) => {
  const { uid } = portalOf(call);
  const jobId = checkQuery(queryParameters.getExportStatus.job_id, call, "job_id");
  if (jobId === null) throw new TakeoutError("bad_request", { detail: "job_id is missing" });
  const exportId = readJobId(jobId, "job_not_found");
  return portalReply(toStatus(await findOwnedExport(context.flows, { uid, exportId })));
};

function toStatus({ id, state, createdAt, updatedAt, expiresAt, parts }: ShownExport) {
  return {
    job_id: id,
    state,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
    ...(expiresAt !== null && { expires_at: new Date(expiresAt).toISOString() }),
    parts: parts.map(({ service, state, files, bytes, errorCode }) => ({
      service,
      state,
      files,
      bytes,
      ...(errorCode !== null && { error: { code: errorCode } }),
    })),
  };
}
