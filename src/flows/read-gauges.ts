import { type Gauges, readGauges as readFromStore } from "../store/gauges.ts";
import type { FlowContext } from "./context.ts";

/** Reads the gauges of parts and queue (contract 11). @throws TakeoutError `unavailable`. */
export async function readGauges(context: FlowContext): Promise<Gauges> {
  return await readFromStore(context.store, context.rules);
}
