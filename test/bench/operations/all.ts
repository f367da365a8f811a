import type { Operation } from "../operation.ts";
import { takeSeat } from "../systems/seat.ts";
import { fewServices, type KindName, kindNames, kinds } from "./kinds.ts";

/** Everything that can be measured, in the order of the report. */
export const operations: readonly Operation[] = kindNames.map(sideBySide);

/** The hub and the peer on the same stock. */
function sideBySide(name: KindName): Operation {
  const { title, unit, works, contend } = kinds[name];
  return {
    ...{ name, title, unit },
    async start(ground, stack) {
      const stock = { users: Math.ceil(ground.parts / fewServices), services: fewServices };
      const hub = await takeSeat(ground, stack, { kind: "hub", stock, works });
      const peer = await takeSeat(ground, stack, { kind: "peer", stock, works });
      return [contend(ground, "hub", hub), contend(ground, "peer", peer)];
    },
  };
}
