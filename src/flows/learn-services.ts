import { readServiceStates } from "../store/service-states.ts";
import type { FlowContext } from "./context.ts";

/**
 * Learns what the ledger knows of the services (breakers, pauses, and which have parts parked), and its time.
 *
 * @throws TakeoutError `unavailable`; what was known stays.
 */
export async function learnServices(context: FlowContext): Promise<void> {
  const names = context.registry.services.map(({ name }) => name);
  const askedAt = Date.now();
  const { states, now } = await readServiceStates(context.store, names);
  context.clock.learn(now, askedAt, Date.now());
  context.gates.learn(states, now);
  // Their line is another: nothing that waits there stands before an export.
  const forExports = states.map((state) => ({ ...state, hasBacklog: false }));
  context.exportGates.learn(forExports, now);
}
