import type { Slot } from "../../connected/gates.ts";
import type { FlowContext } from "../context.ts";

export type Room = ReturnType<typeof holdRoom>;

/** The room of one turn: exports have places of their own, so that they never take those of deletions. */
export function holdRoom({ exportGates }: FlowContext) {
  const held = new Map<string, Slot>();
  return {
    access(service: string): boolean {
      if (exportGates.access(service) !== "free") return false;
      held.set(service, exportGates.take(service));
      return true;
    },
    slotOf: (service: string) => held.get(service) as Slot,
    releaseAllBut(services: readonly string[]) {
      for (const [service, slot] of held) {
        if (services.includes(service)) continue;
        slot.release();
        held.delete(service);
      }
    },
  };
}
