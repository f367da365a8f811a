import { queryParameters } from "../../../../generated/validators.js";
import type { ShownHold } from "../../../domain/shown.ts";
import { listHolds as listHoldsFlow } from "../../../flows/admin/list-holds.ts";
import { checkQuery, type Handler } from "../../operation.ts";
import { instant } from "./deletion-wire.ts";
import { pageReply, readIdCursor, readLimit } from "./lists.ts";

export const listHolds: Handler = async (context, call) => {
  const page = await listHoldsFlow(context.flows, {
    uid: checkQuery(queryParameters.listHolds.uid, call, "uid"),
    before: readIdCursor(call),
    limit: readLimit(call),
  });
  return pageReply(page, toWire, (id) => [id]);
};

function toWire({ id, categoryIds, reason, login, createdAt }: ShownHold) {
  return {
    hold_id: id,
    ...(categoryIds !== null && { categories: categoryIds }),
    reason,
    login,
    created_at: instant(createdAt),
  };
}
