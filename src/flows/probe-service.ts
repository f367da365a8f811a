import { probeLeaseMs } from "../domain/breaker.ts";
import { unpark } from "../store/parking.ts";
import { claimProbe, closeBreaker } from "../store/service-states.ts";
import type { FlowContext } from "./context.ts";
import { driveDeletion } from "./drive-deletion.ts";
import { learnServices } from "./learn-services.ts";

/**
 * Calls a service whose breaker is open once, with the first deletion of its line; one process at a time.
 * Where nobody waits in line there is nothing to be careful about, and the breaker closes.
 *
 * @throws TakeoutError `unavailable`; another probe follows when this one's lease has run out.
 */
export async function probeService(
  context: FlowContext,
  { service }: { readonly service: string },
): Promise<void> {
  const rules = context.registry.findService(service);
  if (!rules) return;
  const leaseMs = probeLeaseMs(Math.max(rules.timeout.deleteMs, rules.timeout.statusMs));
  if (!(await claimProbe(context.store, service, leaseMs))) return;
  const [deletionId] = await unpark(context.store, service, 1);
  if (deletionId === undefined) {
    await closeBreaker(context.store, service);
    return await learnServices(context);
  }
  const slots = new Map([[service, context.gates.take(service)]]);
  await driveDeletion(context, { deletionId, slots, probe: service });
}
