import { isDatabaseThere, isQueueThere } from "../store/readiness.ts";
import type { FlowContext } from "./context.ts";

/** @returns what is missing for the hub to do its work; empty when it is ready. */
export async function checkReadiness(
  context: FlowContext,
): Promise<("database" | "queue" | "keys")[]> {
  if (!(await isDatabaseThere(context.store))) return ["database", "queue"];
  return (await isQueueThere(context.store)) ? [] : ["queue"];
}
