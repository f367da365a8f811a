import { openHub } from "../fill/hub.ts";
import { openPeer } from "../fill/peer.ts";
import type { Ground } from "../ground.ts";
import type { Contender } from "../operation.ts";
import type { Seat } from "../systems/seat.ts";
import { acceptLoop } from "./accept.ts";
import { endToEnd } from "./end-to-end.ts";
import { reportLoop } from "./report.ts";
import { statusLoop } from "./status.ts";

/** As many as most figures are taken with. */
export const fewServices = 10;

interface Kind {
  readonly title: string;
  readonly unit: string;
  /** How many times longer its turns are. */
  readonly longer: number;
  /** Whether services are called by whoever is measured. */
  readonly works: boolean;
  contend(ground: Ground, name: string, seat: Seat): Contender;
}

/** What a system can be loaded with. */
export const kinds = {
  "status-new": {
    ...{ title: "status from the ledger, new user ticket", unit: "1/s", longer: 1, works: true },
    contend: (ground, name, { system, stock }) =>
      statusLoop(ground, { name, url: system.url, stock, tickets: "new" }),
  },
  "status-known": {
    ...{ title: "status, ticket seen before", unit: "1/s", longer: 1, works: true },
    contend: (ground, name, { system, stock }) =>
      statusLoop(ground, { name, url: system.url, stock, tickets: "known" }),
  },
  report: {
    ...{ title: "set_data_status", unit: "1/s", longer: 1, works: true },
    contend: (ground, name, { kind, system, stock, sql }) =>
      reportLoop(ground, {
        ...{ name, url: system.url, sql, services: stock.services },
        open: kind === "hub" ? openHub : openPeer,
      }),
  },
  accept: {
    ...{ title: "delete accepted", unit: "1/s", longer: 1, works: false },
    contend: (ground, name, { kind, system, stock, sql }) =>
      acceptLoop(ground, {
        ...{ name, url: system.url, sql, services: stock.services },
        ...(kind === "hub"
          ? { queue: "graphile_worker._private_jobs", jobsEach: 1 }
          : { queue: "pgboss.job", jobsEach: stock.services }),
      }),
  },
  "end-to-end": {
    // A deletion takes a second and more of a burst, so that a turn like the others' is mostly its beginning and its end.
    ...{ title: "deletions end to end", unit: "parts/s", longer: 3, works: true },
    contend: (ground, name, { system, stubs, sql }) =>
      endToEnd(ground, { name, system, stubs, sql }),
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as KindName[];

export function isKind(name: string): name is KindName {
  return Object.hasOwn(kinds, name);
}
