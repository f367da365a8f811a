import { defaults } from "./defaults.ts";
import type { Fault } from "./fault.ts";
import { at, entriesOf } from "./raw.ts";

/** Where copies are pushed to the portal, every portal that may order one must say where to. */
export function checkDelivery(document: unknown): Fault[] {
  if (at(document, "export", "delivery") !== "portal") return [];
  return entriesOf(at(document, "portals")).flatMap(([name, portal]) => {
    const allow = at(portal, "allow") ?? defaults.portal.allow;
    const mayOrder = Array.isArray(allow) && allow.includes("export");
    if (!mayOrder || at(portal, "storage") !== undefined) return [];
    const message = "is required where export.delivery is portal";
    return [{ path: ["portals", name, "storage"], message }];
  });
}
