import type { Fault } from "./fault.ts";
import { at } from "./raw.ts";

/** What the shape accepts and this version cannot do; better said at the start than at the first request. */
export function findUnsupported(document: unknown): Fault[] {
  if (at(document, "tickets", "driver") !== "tvmtool") return [];
  return [{ path: ["tickets", "driver"], message: "the tvmtool driver is not supported yet" }];
}
