import { type PrivateJwk, publicPart } from "../../../src/config/jwk.ts";
import type { Config, KeySource } from "../../../src/config/types.ts";
import { prepareSigning } from "../../../src/connected/sign.ts";
import { startTvmDaemon } from "../../support/tvm-daemon.ts";
import { startKeyServer } from "./key-server.ts";
import { newKey, portal } from "./landscape.ts";

/** What may be wrong with a ticket, whatever it is made of. */
export type Flaw = "expired" | "for another" | "by a stranger" | "cut short" | "changed";

type Name = "passport" | "reader" | "late" | "desk" | "realty" | "takeout" | "nobody";

/** Tickets of one driver, and the configuration of a hub that checks them. */
export interface Driver extends AsyncDisposable {
  readonly config: Pick<Config, "tickets" | "portals" | "operators">;
  /** The keys of the service `realty`. */
  readonly serviceKeys: KeySource;
  service(client: Name, flaw?: Flaw): string;
  user(flaw?: Flaw): string;
  /** Nothing can be said of tickets of the portal `late` until the second is called. */
  beUnreachable(): void;
  beReachable(): void;
}

export const drivers: Readonly<Record<"jwt" | "tvmtool", () => Promise<Driver>>> = {
  jwt: startJwt,
  tvmtool: startTvmtool,
};

const uid = "4001";

function callers(keysOf: (name: Name) => KeySource): Pick<Config, "portals" | "operators"> {
  const withRights = (name: Name, ...allow: ("status" | "delete" | "export")[]) =>
    [name, { ...portal(name, keysOf(name)), allow: new Set(allow) }] as const;
  return {
    portals: new Map([
      withRights("passport", "status", "delete"),
      withRights("reader", "export"),
      withRights("late", "status"),
    ]),
    operators: new Map([["desk", { name: "desk", keys: keysOf("desk"), roles: new Map() }]]),
  };
}

async function startJwt(): Promise<Driver> {
  const names: Name[] = ["passport", "reader", "late", "desk", "realty", "takeout", "nobody"];
  const keys = new Map(names.map((name) => [name, newKey(`${name}-1`)]));
  const keyOf = (name: Name) => keys.get(name) as PrivateJwk;
  const setOf = (name: Name) => ({ keys: [publicPart(keyOf(name))] });
  const server = await startKeyServer();
  const sign = (kind: "service" | "user", client: Name, subject: string, flaw?: Flaw) => {
    const key = flaw === "by a stranger" ? newKey(`${client}-1`) : keyOf(client);
    const ticket = prepareSigning(key)(kind, {
      issuer: client,
      subject,
      audience: flaw === "for another" ? "realty" : "takeout",
      issuedAtSeconds: Math.floor(Date.now() / 1000) - (flaw === "expired" ? 1_000 : 0),
      lifetimeSeconds: 900,
    });
    return spoil(ticket, ".", flaw);
  };
  return {
    config: {
      tickets: { driver: "jwt" },
      ...callers((name) => (name === "late" ? { url: server.url } : setOf(name))),
    },
    serviceKeys: setOf("realty"),
    service: (client, flaw) => sign("service", client, client, flaw),
    user: (flaw) => sign("user", "passport", uid, flaw),
    beUnreachable: () => server.fail(),
    beReachable: () => server.serve(...setOf("late").keys),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startTvmtool(): Promise<Driver> {
  const ids = { takeout: "1", passport: "2", reader: "3", late: "4", desk: "5", realty: "6" };
  const daemon = await startTvmDaemon({
    self: ids.takeout,
    destinations: { "a-realty": ids.realty },
  });
  const byId = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  const flaws = (flaw?: Flaw) => ({
    expired: flaw === "expired",
    ...(flaw === "by a stranger" && { signedBy: "stranger" }),
  });
  return {
    config: {
      tickets: { driver: "tvmtool", url: daemon.url, token: daemon.token, ids: byId },
      ...callers(() => ({ keys: [] })),
    },
    serviceKeys: { keys: [] },
    service(client, flaw) {
      const src = client === "nobody" ? "7" : ids[client];
      const dst = flaw === "for another" ? ids.realty : ids.takeout;
      return spoil(daemon.serviceTicket({ src, dst, ...flaws(flaw) }), ":", flaw);
    },
    user: (flaw) => {
      // A user ticket is for an environment, not for a client.
      const env = flaw === "for another" ? "test" : "prod";
      return spoil(daemon.userTicket({ uid, env, ...flaws(flaw) }), ":", flaw);
    },
    beUnreachable: () => {
      daemon.instead = () => ({ status: 500 });
    },
    beReachable: () => {
      daemon.instead = null;
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

function spoil(ticket: string, separator: string, flaw?: Flaw): string {
  if (flaw === "cut short") return ticket.slice(0, ticket.lastIndexOf(separator));
  return flaw === "changed" ? `${ticket.slice(0, -9)}AAAAAAAAA` : ticket;
}
