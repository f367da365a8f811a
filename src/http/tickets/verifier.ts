import type { Config } from "../../config/types.ts";
import { createJwtVerifier, type VerifierOptions } from "./jwt-verifier.ts";
import type { Refused } from "./refusals.ts";

/** Nobody could be asked; the caller is neither known nor refused. */
interface Unavailable {
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
export interface TicketVerifier {
  verifyServiceTicket(token: string): Promise<ServiceTicket | Refused | Unavailable>;
  /** @param by - the client of a service ticket that was verified: a user ticket is good in its hands only. */
  verifyUserTicket(
    token: string,
    by: { readonly client: string },
  ): Promise<UserTicket | Refused | Unavailable>;
}

export type TicketsOf = Pick<Config, "hub" | "tickets" | "portals" | "operators" | "services">;

/** Makes the verifier of the configured driver. Source: contract, section 3. */
export function createTicketVerifier(
  config: TicketsOf,
  options: VerifierOptions = {},
): TicketVerifier {
  if (config.tickets.driver === "jwt") return createJwtVerifier(config, options);
  throw new TypeError(`tickets.driver: ${config.tickets.driver} is not supported yet`);
}
