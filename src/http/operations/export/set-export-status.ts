import { requestBodies } from "../../../../generated/validators.js";
import { TakeoutError } from "../../../domain/errors.ts";
import { toReasonCode } from "../../../domain/reason.ts";
import { recordExportReport } from "../../../flows/export/record-export-report.ts";
import { checkBody, type Handler, serviceOf } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { readJobId } from "./job-id.ts";

export const setExportStatus: Handler = async (context, call) => {
  const { service } = serviceOf(call);
  const body = checkBody(requestBodies.setExportStatus, call.body);
  if (body.service !== service) throw new TakeoutError("service_mismatch");
  const { yandex_uid: uid, state, files = [], error, retriable = true } = body;
  await recordExportReport(context.flows, {
    exportId: readJobId(body.job_id, "not_found"),
    uid,
    service,
    report: {
      state,
      // A stranger's words are stored only as codes, and never with the user's uid in them.
      errorCode: error === undefined ? null : toReasonCode(error.code, { uids: [{ uid }] }),
      isRetriable: retriable,
    },
    files: files.map(({ name, sha256 = null }) => ({ name, sha256 })),
  });
  return jsonReply({});
};
