import type { TicketKind } from "../../../generated/tickets.ts";
import { type CheckedTicket, checkTicket, type Expectation } from "./check-ticket.ts";
import { listClients } from "./clients.ts";
import { parseTicket } from "./parse-ticket.ts";
import { type Refused, refused } from "./refusals.ts";
import { type Remembered, rememberTickets } from "./remembered.ts";
import type { TicketsOf, TicketVerifier } from "./verifier.ts";
import { verifySignature } from "./verify-signature.ts";

export interface VerifierOptions {
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
  /** The most tickets remembered, of each kind; 10,000 by default, 0 remembers none. */
  readonly cacheSize?: number;
}

type Found = { readonly kind: "ok"; readonly ticket: CheckedTicket } | Refused;

/** Tickets as signed JWTs. Cheap checks come first, then the signature. Source: contract, section 3. */
export function createJwtVerifier(config: TicketsOf, options: VerifierOptions): TicketVerifier {
  const { now = Date.now, cacheSize = 10_000 } = options;
  const clients = listClients(config);
  const audience = config.hub.client;
  // Apart, so that a day's user tickets do not push out the few service tickets that come with all of them.
  const remembered: Record<TicketKind, Remembered<CheckedTicket>> = {
    service: rememberTickets(cacheSize, now),
    user: rememberTickets(cacheSize, now),
  };
  const verify = async (token: string, kind: TicketKind, caller?: string): Promise<Found> => {
    const seen = remembered[kind].find(token);
    if (seen) return { kind: "ok", ticket: seen };
    const nowSeconds = now() / 1000;
    const expected = {
      kind,
      audience,
      clients,
      nowSeconds,
      ...(caller !== undefined && { caller }),
    };
    const found = await verifyNew(token, expected);
    if (found.kind === "ok") remembered[kind].add(token, found.ticket, found.ticket.validUntilMs);
    return found;
  };
  return {
    async verifyServiceTicket(token) {
      const found = await verify(token, "service");
      if (found.kind === "refused") return found;
      return { kind: "ok", client: found.ticket.issuer, kid: found.ticket.kid };
    },
    async verifyUserTicket(token, { client }) {
      const found = await verify(token, "user", client);
      if (found.kind === "refused") return found;
      // One that is remembered was shown by its issuer then; who shows it now is another question.
      if (found.ticket.issuer !== client) return refused("issuer_not_caller");
      return { kind: "ok", subject: found.ticket.subject };
    },
  };
}

async function verifyNew(token: string, expected: Expectation): Promise<Found> {
  const parsed = parseTicket(token);
  if (parsed.kind === "refused") return parsed;
  const checked = checkTicket(parsed.ticket, expected);
  if (checked.kind === "refused") return checked;
  const { signed, signature } = parsed.ticket;
  const isValid = await verifySignature(checked.ticket.key, signed, signature);
  return isValid ? checked : refused("signature_invalid");
}
