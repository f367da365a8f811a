import { listServices as listServicesFlow } from "../../../flows/admin/list-services.ts";
import type { Handler } from "../../operation.ts";
import { pageReply, readCursor, readLimit } from "./lists.ts";
import { serviceToWire } from "./service-wire.ts";

export const listServices: Handler = async (context, call) => {
  const page = await listServicesFlow(context.flows, {
    after: readCursor(
      call,
      (values) => values.length === 1,
      ([name = ""]) => name,
    ),
    limit: readLimit(call),
  });
  return pageReply(page, serviceToWire, (name) => [name]);
};
