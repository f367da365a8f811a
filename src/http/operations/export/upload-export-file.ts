import { TakeoutError } from "../../../domain/errors.ts";
import { uploadFile } from "../../../flows/export/upload-file.ts";
import { readContentDigest } from "../../content-digest.ts";
import { type Handler, type OperationCall, serviceOf } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { readUpload } from "../../upload-body.ts";
import { readJobId } from "./job-id.ts";

export const uploadExportFile: Handler = async (context, call) => {
  const { service } = serviceOf(call);
  const name = nameIn(call);
  const exportId = readJobId(call.parameter("job_id") ?? "", "not_found");
  // RFC 9110, section 14.5: taken for the file, a part would replace the whole.
  if (call.header("content-range") !== null) {
    throw new TakeoutError("bad_request", {
      detail: "A file is uploaded as a whole, not by ranges",
    });
  }
  const sha256 = readContentDigest(call.header("content-digest"));
  // What says that it is too large need not be read to be known for it.
  if (Number(call.header("content-length") ?? 0) > context.flows.rules.mostUploadBytes) {
    throw new TakeoutError("body_too_large");
  }
  const { uploadStillMs: stillMs, exportDeadlineMs: wholeMs } = context.flows.rules;
  const body = readUpload(call.stream, { stillMs, wholeMs });
  return jsonReply(await uploadFile(context.flows, { exportId, service, name, body, sha256 }));
};

/** The last segment of the path, decoded as UTF-8 and no otherwise. @throws TakeoutError `filename_invalid`. */
function nameIn(call: OperationCall): string {
  const path = new URL(call.url).pathname.replace(/\/$/, "");
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    throw new TakeoutError("filename_invalid");
  }
}
