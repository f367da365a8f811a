import { readServiceStates } from "../store/service-states.ts";
import type { FlowContext } from "./context.ts";

/**
 * Learns what the ledger knows of the services: breakers, pauses, and which have parts parked.
 *
 * @throws TakeoutError `unavailable`; what was known stays.
 */
export async function learnServices(context: FlowContext): Promise<void> {
  const names = context.registry.services.map(({ name }) => name);
  const { states, now } = await readServiceStates(context.store, names);
  context.gates.learn(states, now);
}
