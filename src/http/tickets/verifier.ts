import type { Config } from "../../config/types.ts";
import type { Clock } from "./clock.ts";
import { createJwtVerifier } from "./jwt-verifier.ts";
import type { Refused } from "./refusals.ts";
import type { KeysLog, ReadKeys } from "./remote-keys.ts";
import { createTvmVerifier, type TicketDaemon } from "./tvm-verifier.ts";

/** Nobody could be asked; the caller is neither known nor refused. */
export interface Unavailable {
  readonly kind: "unavailable";
}

/** Which client calls, and with which of its keys it said so. */
interface ServiceTicket {
  readonly kind: "ok";
  readonly client: string;
  readonly kid: string;
}

/** For whom the client calls: a uid from a portal, a login from an operators' client. */
interface UserTicket {
  readonly kind: "ok";
  readonly subject: string;
}

/** Says who calls. Safe to ask any number of times at once; it never throws for what a ticket says. */
export interface TicketVerifier extends Disposable {
  /** Whether tickets of this client can be checked at the moment, as far as its keys go. */
  hasKeysOf(client: string): boolean;
  verifyServiceTicket(token: string): Promise<ServiceTicket | Refused | Unavailable>;
  /** @param by - the client of a service ticket that was verified: a user ticket is good in its hands only. */
  verifyUserTicket(
    token: string,
    by: { readonly client: string },
  ): Promise<UserTicket | Refused | Unavailable>;
}

export type TicketsOf = Pick<Config, "hub" | "tickets" | "portals" | "operators" | "services">;

export interface VerifierOptions {
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
  /** The most tickets remembered, of each kind; 10,000 by default, 0 remembers none. */
  readonly cacheSize?: number;
  /** Needed where a client's keys are at a URL. */
  readonly remote?: {
    readonly readKeys: ReadKeys;
    readonly log: KeysLog;
    readonly clock?: Clock;
  };
  /** Needed by the tvmtool driver. */
  readonly daemon?: TicketDaemon;
}

/**
 * Makes the verifier of the configured driver. It reads keys from now on where they are at a URL, until it is disposed of.
 *
 * @throws TypeError where what the configuration needs is not there. Source: contract, section 3.
 */
export function createTicketVerifier(
  config: TicketsOf,
  options: VerifierOptions = {},
): TicketVerifier {
  const { tickets } = config;
  if (tickets.driver === "jwt") return createJwtVerifier(config, options);
  if (options.daemon === undefined) throw new TypeError("daemon: the tvmtool driver needs it");
  return createTvmVerifier({ ...config, tickets }, options.daemon);
}
