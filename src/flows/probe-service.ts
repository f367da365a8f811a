import type { Slot } from "../connected/gates.ts";
import { firstProbeMs, probeLeaseMs } from "../domain/breaker.ts";
import { parkFirstBackoff, unpark } from "../store/parking.ts";
import { claimProbe, closeBreaker, giveUpProbe } from "../store/service-states.ts";
import type { FlowContext } from "./context.ts";
import { driveDeletion } from "./drive-deletion.ts";
import { learnServices } from "./learn-services.ts";

/**
 * Calls a service whose breaker is open once, with the first deletion of its line, or of those that wait out
 * a backoff; one process at a time. Where nobody waits there is nothing to be careful about, and the
 * breaker closes.
 *
 * @throws TakeoutError `unavailable`; another probe follows when this one's lease has run out.
 */
export async function probeService(
  context: FlowContext,
  { service }: { readonly service: string },
): Promise<void> {
  const { store } = context;
  const rules = context.registry.findService(service);
  if (!rules) return;
  const leaseMs = probeLeaseMs(Math.max(rules.timeout.deleteMs, rules.timeout.statusMs));
  const lease = await claimProbe(store, service, leaseMs);
  if (lease === null) return;
  const giveUp = () => giveUpProbe(store, service, lease, firstProbeMs);
  const first = await findFirst(context, service);
  if (first === "busy") return await giveUp();
  if (first === "nobody") {
    await closeBreaker(store, service);
    return await learnServices(context);
  }
  // The call may never be made: another drive was faster, or too little of its lease was left.
  const slot = endingWith(context.gates.take(service), () => void giveUp().catch(() => {}));
  const slots = new Map([[service, slot]]);
  await driveDeletion(context, { ...first, slots, probe: service });
}

/** `busy`: there are some, and just now others are at them. */
async function findFirst(
  { store }: FlowContext,
  service: string,
): Promise<{ readonly deletionId: string } | "busy" | "nobody"> {
  for (;;) {
    const { deletionIds, isLineEmpty } = await unpark(store, service, 1);
    const [deletionId] = deletionIds;
    if (deletionId !== undefined) return { deletionId };
    if (!isLineEmpty) return "busy";
    const backoff = await parkFirstBackoff(store, service);
    if (backoff !== "parked") return backoff === "none" ? "nobody" : "busy";
  }
}

function endingWith(slot: Slot, end: () => void): Slot {
  let isOver = false;
  return {
    release() {
      slot.release();
      if (!isOver) end();
      isOver = true;
    },
  };
}
