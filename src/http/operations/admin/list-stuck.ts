import { isId } from "../../../domain/id.ts";
import type { ShownStuck } from "../../../domain/shown.ts";
import { listStuck as listStuckFlow } from "../../../flows/admin/list-stuck.ts";
import type { Handler } from "../../operation.ts";
import { pageReply, readAge, readCursor, readLimit } from "./lists.ts";

export const listStuck: Handler = async (context, call) => {
  const page = await listStuckFlow(context.flows, {
    olderThanMs: readAge(call),
    after: readCursor(
      call,
      ([id, ...place]) => isId(id) && (place.length === 0 || place.length === 2),
      ([deletionId = "", service = null, categoryId = null]) => ({
        deletionId,
        service,
        categoryId,
      }),
    ),
    limit: readLimit(call),
  });
  return pageReply(page, toWire, ({ deletionId, service, categoryId }) =>
    service === null || categoryId === null ? [deletionId] : [deletionId, service, categoryId],
  );
};

function toWire({ deletionId, categoryId, service, state, ageSeconds, reason }: ShownStuck) {
  return {
    deletion_id: deletionId,
    category_id: categoryId,
    service,
    state,
    age_seconds: ageSeconds,
    reason,
  };
}
