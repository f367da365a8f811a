import type { PrivateJwk, PublicJwk } from "../config/jwk.ts";
import { readPublishedKeys } from "../config/key-set.ts";
import type { TicketsConfig } from "../config/types.ts";
import { type BoundedGet, createBoundedGet } from "../connected/bounded-get.ts";
import { createTicketSigner } from "../connected/sign.ts";
import { createTvmDaemon } from "../connected/tvm-daemon.ts";
import { createTvmTickets } from "../connected/tvm-tickets.ts";
import type { Clock } from "../http/tickets/clock.ts";
import type { ReadKeys } from "../http/tickets/remote-keys.ts";
import {
  createTicketVerifier,
  type TicketsOf,
  type TicketVerifier,
} from "../http/tickets/verifier.ts";
import type { Log } from "../log.ts";

/** Tickets of the configured driver, in both directions. */
export interface Tickets extends AsyncDisposable {
  readonly verifier: TicketVerifier;
  /** A ticket of the hub for the named client. */
  readonly serviceTicket: (client: string) => string | Promise<string>;
  /** What others check these tickets with; `null` where that is the daemon's affair. */
  readonly publicJwks: { readonly keys: readonly PublicJwk[] } | null;
}

/** The system's clocks by default. */
interface Timing {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly clock?: Clock;
}

export function createTickets(
  config: TicketsOf,
  signingKey: PrivateJwk,
  log: Log,
  timing: Timing = {},
): Tickets {
  const { tickets } = config;
  return tickets.driver === "jwt"
    ? createSigned(config, signingKey, log, timing)
    : createAsked({ ...config, tickets }, log, timing);
}

/** Limits of one reading of a key set. Source: contract, section 3. */
const keySetLimits = { timeoutMs: 3_000, maxBytes: 64 * 1024, connections: 4 };

function createSigned(
  config: TicketsOf,
  signingKey: PrivateJwk,
  log: Log,
  { clock, ...timing }: Timing,
): Tickets {
  const { client } = config.hub;
  const { now } = timing;
  const signer = createTicketSigner({ client, signingKey, ...(now && { now }) });
  const http = createBoundedGet(keySetLimits);
  const remote = { readKeys: readKeysBy(http), log, ...(clock && { clock }) };
  const verifier = createTicketVerifier(config, { remote, ...timing });
  return {
    verifier,
    serviceTicket: signer.serviceTicket,
    publicJwks: signer.publicJwks(),
    async [Symbol.asyncDispose]() {
      verifier[Symbol.dispose]();
      await http.close();
    },
  };
}

function readKeysBy(http: BoundedGet): ReadKeys {
  return async (url, signal) => {
    const reply = await http.get({ url, signal, readBody: (status) => status === 200 });
    if (reply.kind === "no_answer") return { kind: "not_read", reason: reply.code };
    if (reply.status !== 200) return { kind: "not_read", reason: `http_${reply.status}` };
    const published = readPublishedKeys(reply.text);
    return published ? { kind: "keys", ...published } : { kind: "not_read", reason: "no_key_set" };
  };
}

type WithDaemon = TicketsOf & {
  readonly tickets: Extract<TicketsConfig, { readonly driver: "tvmtool" }>;
};

function createAsked(config: WithDaemon, log: Log, { now }: Timing): Tickets {
  const { url, token, ids } = config.tickets;
  const idByName = new Map([...ids].map(([id, name]) => [name, id]));
  const self = idByName.get(config.hub.client);
  if (self === undefined) throw new TypeError("tickets.ids: has no id of the hub");
  const daemon = createTvmDaemon({ url, token, self, log });
  const verifier = createTicketVerifier(config, { daemon });
  const idOf = (client: string) => idByName.get(client);
  const own = createTvmTickets({ daemon, idOf, ...(now && { now }) });
  return {
    verifier,
    serviceTicket: own.serviceTicket,
    publicJwks: null,
    async [Symbol.asyncDispose]() {
      verifier[Symbol.dispose]();
      await daemon.close();
    },
  };
}
