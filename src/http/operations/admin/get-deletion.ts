import { TakeoutError } from "../../../domain/errors.ts";
import { getDeletion as getDeletionFlow } from "../../../flows/admin/get-deletion.ts";
import type { Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { timelineToWire } from "./deletion-wire.ts";
import { isId } from "./lists.ts";

export const getDeletion: Handler = async (context, call) => {
  const deletionId = call.parameter("deletion_id") ?? undefined;
  if (!isId(deletionId)) throw new TakeoutError("not_found");
  return jsonReply(timelineToWire(await getDeletionFlow(context.flows, { deletionId })));
};
