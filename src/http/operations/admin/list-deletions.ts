import { queryParameters } from "../../../../generated/validators.js";
import { listDeletions as listDeletionsFlow } from "../../../flows/admin/list-deletions.ts";
import { checkQuery, type Handler } from "../../operation.ts";
import { deletionToWire } from "./deletion-wire.ts";
import { pageReply, readAge, readIdCursor, readLimit } from "./lists.ts";

const parameters = queryParameters.listDeletions;

export const listDeletions: Handler = async (context, call) => {
  const page = await listDeletionsFlow(context.flows, {
    state: checkQuery(parameters.state, call, "state"),
    service: checkQuery(parameters.service, call, "service"),
    categoryId: checkQuery(parameters.category, call, "category"),
    olderThanMs: readAge(call),
    uid: checkQuery(parameters.uid, call, "uid"),
    takeoutRequestId: checkQuery(parameters.request_id, call, "request_id"),
    before: readIdCursor(call),
    limit: readLimit(call),
  });
  return pageReply(page, deletionToWire, (id) => [id]);
};
