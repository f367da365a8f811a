import { findParkedServices, unparkExports as unpark } from "../../store/exports/sweep.ts";
import type { FlowContext } from "../context.ts";

/**
 * Lets exports go on that stand in the line of a service which has room again, as many as there is room for.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function unparkExports(context: FlowContext): Promise<void> {
  const { exportGates, registry, store } = context;
  for (const service of await findParkedServices(store)) {
    if (!registry.findService(service)) continue;
    const room = exportGates.spare(service);
    if (room > 0) await unpark(store, service, room);
  }
}
