import { errorCodes } from "../../../generated/error-codes.ts";
import { queryParameters } from "../../../generated/validators.js";
import type { CategoryStatus, StatusEntryError } from "../../domain/merge.ts";
import { getStatus as getStatusFlow } from "../../flows/get-status.ts";
import { checkQuery, type Handler, portalOf } from "../operation.ts";
import { portalReply } from "../present.ts";

export const getStatus: Handler = async (context, call) => {
  const { uid } = portalOf(call);
  const takeoutRequestId = checkQuery(queryParameters.getStatus.request_id, call, "request_id");
  const { requestId, traceparent } = call;
  const status = await getStatusFlow(context.flows, {
    uid,
    takeoutRequestId,
    requestId,
    traceparent,
  });
  const errors = status.errors.map(toEntry);
  const identity = { code: "identity_unavailable", message: errorCodes.identity_unavailable.title };
  return portalReply(
    status.categories.map(toCategory),
    status.isIdentityMissing ? [identity, ...errors] : errors,
  );
};

function toCategory(category: CategoryStatus) {
  const { id, slug, state, updatedAt, retained, denied } = category;
  return {
    id,
    slug,
    state,
    ...(updatedAt !== null && { update_date: new Date(updatedAt).toISOString() }),
    ...(retained.length > 0 && {
      retained: retained.map(({ service, reason, until }) => ({
        service,
        reason,
        ...(until !== null && { until: new Date(until).toISOString() }),
      })),
    }),
    ...(denied.length > 0 && { denied }),
  };
}

function toEntry(error: StatusEntryError) {
  return {
    code: error.code,
    message: errorCodes[error.code].title,
    category_id: error.categoryId,
    service: error.service,
    ...(error.reason !== null && { reason: error.reason }),
  };
}
