import { queryParameters } from "../../../../generated/validators.js";
import { listExports as listExportsFlow } from "../../../flows/admin/list-exports.ts";
import { checkQuery, type Handler } from "../../operation.ts";
import { exportToWire } from "./export-wire.ts";
import { pageReply, readAge, readIdCursor, readLimit } from "./lists.ts";

const parameters = queryParameters.listExports;

export const listExports: Handler = async (context, call) => {
  const page = await listExportsFlow(context.flows, {
    state: checkQuery(parameters.state, call, "state"),
    service: checkQuery(parameters.service, call, "service"),
    olderThanMs: readAge(call),
    uid: checkQuery(parameters.uid, call, "uid"),
    takeoutRequestId: checkQuery(parameters.request_id, call, "request_id"),
    before: readIdCursor(call),
    limit: readLimit(call),
  });
  return pageReply(page, exportToWire, (id) => [id]);
};
