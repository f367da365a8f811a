import type { SetDataStatusRequest } from "../../../generated/hub.ts";
import { requestBodies } from "../../../generated/validators.js";
import { TakeoutError } from "../../domain/errors.ts";
import { toReasonCode } from "../../domain/reason.ts";
import type { Report } from "../../domain/report.ts";
import { recordReport } from "../../flows/record-report.ts";
import { checkBody, type Handler, serviceOf } from "../operation.ts";
import { jsonReply } from "../present.ts";

export const setDataStatus: Handler = async (context, call) => {
  const { service, kid } = serviceOf(call);
  const body = checkBody(requestBodies.setDataStatus, call.body);
  if (body.service !== service) throw new TakeoutError("service_mismatch");
  await recordReport(context.flows, {
    uid: body.yandex_uid,
    categoryId: body.category_id,
    service,
    report: toReport(body),
    kid,
    body: call.bytes,
  });
  return jsonReply({});
};

function toReport(body: SetDataStatusRequest): Report {
  // A stranger's words are stored only as codes, and never with the user's uid in them.
  const code = (text: string) => toReasonCode(text, { uids: [{ uid: body.yandex_uid }] });
  const instant = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
  return {
    state: body.state,
    deletionId: body.deletion_id ?? null,
    attempt: body.attempt ?? null,
    outcome: body.outcome ?? "erased",
    retainedUntil: instant(body.retained_until),
    reason: body.reason === undefined ? null : code(body.reason),
    errorCode: body.error === undefined ? null : code(body.error.code),
    isRetriable: body.retriable ?? true,
    completedAt: instant(body.completed_at),
    to: instant(body.to),
  };
}
