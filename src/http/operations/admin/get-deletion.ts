import { getDeletion as getDeletionFlow } from "../../../flows/admin/get-deletion.ts";
import type { Handler } from "../../operation.ts";
import { jsonReply } from "../../present.ts";
import { deletionIdIn } from "./act-of.ts";
import { timelineToWire } from "./deletion-wire.ts";

export const getDeletion: Handler = async (context, call) => {
  const deletionId = deletionIdIn(call);
  return jsonReply(timelineToWire(await getDeletionFlow(context.flows, { deletionId })));
};
