import type { Stock } from "../fill/stock.ts";
import type { Ground } from "../ground.ts";
import type { Contender, Operation } from "../operation.ts";
import { takeSeat } from "../systems/seat.ts";
import { bareServers } from "./bare.ts";
import { fewServices, type KindName, kindNames, kinds } from "./kinds.ts";
import { pgbench } from "./pgbench.ts";

const manyServices = 100;
const growth = 10;

/** Everything that can be measured by load, in the order of the report. */
export const operations: readonly Operation[] = [
  ...kindNames.map(sideBySide),
  ...kindNames.filter((name) => name !== "status-known").map(withMoreParts),
  ...kindNames.filter((name) => name !== "status-known").map(withMoreServices),
];

/** What SQL alone would do, where there is such a thing, and which bare servers there are. */
const limits: Partial<
  Record<KindName, { script?: "status" | "accept" | "report"; bare?: "status" | "report" }>
> = {
  "status-new": { script: "status", bare: "status" },
  "status-known": { script: "status" },
  report: { script: "report", bare: "report" },
  accept: { script: "accept" },
};

function stockOf(ground: Ground, services = fewServices, times = 1): Stock {
  return { users: Math.ceil((ground.parts * times) / services), services };
}

interface Place {
  readonly name: string;
  readonly kind: "hub" | "peer";
  readonly stock: Stock;
}

async function seat(
  ground: Ground,
  stack: AsyncDisposableStack,
  of: KindName,
  { name, kind, stock }: Place,
): Promise<Contender> {
  const { works, contend } = kinds[of];
  return contend(ground, name, await takeSeat(ground, stack, { kind, stock, works }));
}

/** The hub, the peer, and what limits both. */
function sideBySide(of: KindName): Operation {
  const { title, unit, longer } = kinds[of];
  return {
    ...{ name: of, title, unit, longer },
    async start(ground, stack) {
      const stock = stockOf(ground);
      const { script, bare } = limits[of] ?? {};
      return [
        await seat(ground, stack, of, { name: "hub", kind: "hub", stock }),
        await seat(ground, stack, of, { name: "peer", kind: "peer", stock }),
        ...(script ? await pgbench(ground, stack, script, stock) : []),
        ...(bare ? await bareServers(ground, stack, bare) : []),
      ];
    },
  };
}

/** The hub beside itself with ten times as much in its tables. */
function withMoreParts(of: KindName): Operation {
  const { title, unit, longer } = kinds[of];
  return {
    ...{ name: `${of}-10x`, title: `${title}, ${growth}× stored parts`, unit, longer },
    async start(ground, stack) {
      const [few, many] = [stockOf(ground), stockOf(ground, fewServices, growth)];
      return [
        await seat(ground, stack, of, { name: `hub, ${growth}× parts`, kind: "hub", stock: many }),
        await seat(ground, stack, of, { name: "hub", kind: "hub", stock: few }),
      ];
    },
  };
}

/** The hub with a hundred services beside itself with ten, and the peer with a hundred. */
function withMoreServices(of: KindName): Operation {
  const { title, unit, longer } = kinds[of];
  const services = `${manyServices} services`;
  return {
    ...{ name: `${of}-${manyServices}`, title: `${title}, ${services}`, unit, longer },
    async start(ground, stack) {
      const [few, many] = [stockOf(ground), stockOf(ground, manyServices)];
      return [
        await seat(ground, stack, of, { name: `hub, ${services}`, kind: "hub", stock: many }),
        await seat(ground, stack, of, { name: "hub", kind: "hub", stock: few }),
        await seat(ground, stack, of, { name: `peer, ${services}`, kind: "peer", stock: many }),
      ];
    },
  };
}
