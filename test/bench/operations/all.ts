import { openHub } from "../fill/hub.ts";
import { openPeer } from "../fill/peer.ts";
import type { Ground } from "../ground.ts";
import type { Contender, Operation } from "../operation.ts";
import { type Seat, takeSeat } from "../systems/seat.ts";
import { acceptLoop } from "./accept.ts";
import { endToEnd } from "./end-to-end.ts";
import { reportLoop } from "./report.ts";
import { statusLoop } from "./status.ts";

const fewServices = 10;

interface Kind {
  readonly title: string;
  readonly unit: string;
  /** Whether services are called by whoever is measured. */
  readonly works: boolean;
  contend(ground: Ground, name: string, seat: Seat): Contender;
}

const kinds = {
  "status-new": {
    ...{ title: "status from the ledger, new user ticket", unit: "1/s", works: true },
    contend: (ground, name, { system, stock }) =>
      statusLoop(ground, { name, url: system.url, stock, tickets: "new" }),
  },
  "status-known": {
    ...{ title: "status, ticket seen before", unit: "1/s", works: true },
    contend: (ground, name, { system, stock }) =>
      statusLoop(ground, { name, url: system.url, stock, tickets: "known" }),
  },
  report: {
    ...{ title: "set_data_status", unit: "1/s", works: true },
    contend: (ground, name, { kind, system, stock, sql }) =>
      reportLoop(ground, {
        ...{ name, url: system.url, sql, services: stock.services },
        open: kind === "hub" ? openHub : openPeer,
      }),
  },
  accept: {
    ...{ title: "delete accepted", unit: "1/s", works: false },
    contend: (ground, name, { kind, system, stock, sql }) =>
      acceptLoop(ground, {
        ...{ name, url: system.url, sql, services: stock.services },
        ...(kind === "hub"
          ? { queue: "graphile_worker._private_jobs", jobsEach: 1 }
          : { queue: "pgboss.job", jobsEach: stock.services }),
      }),
  },
  "end-to-end": {
    ...{ title: "deletions end to end", unit: "parts/s", works: true },
    contend: (ground, name, { system, stubs, sql }) =>
      endToEnd(ground, { name, system, stubs, sql }),
  },
} as const satisfies Record<string, Kind>;

type KindName = keyof typeof kinds;

/** Everything that can be measured, in the order of the report. */
export const operations: readonly Operation[] = (Object.keys(kinds) as KindName[]).map(sideBySide);

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
