import { checkCategories } from "./check-categories.ts";
import { checkDelivery } from "./check-delivery.ts";
import { checkNames } from "./check-names.ts";
import { checkOrder } from "./check-order.ts";
import { checkSpans } from "./check-spans.ts";
import { checkTickets } from "./check-tickets.ts";
import type { Fault } from "./fault.ts";

/**
 * Everything one key says about another. Works on the raw document, so that these faults are told
 * together with those of the shape. Source: contract, section 12.
 */
export function crossCheck(document: unknown): Fault[] {
  return [checkNames, checkTickets, checkCategories, checkOrder, checkSpans, checkDelivery].flatMap(
    (check) => check(document),
  );
}
