import type { TicketKind } from "../../../generated/tickets.ts";
import { type CheckedTicket, checkTicket, type Expectation } from "./check-ticket.ts";
import type { TicketKeys } from "./client-keys.ts";
import { listClients } from "./clients.ts";
import { type ParsedTicket, parseTicket } from "./parse-ticket.ts";
import { type Refused, refused } from "./refusals.ts";
import { type Remembered, rememberTickets } from "./remembered.ts";
import { createRemoteKeys } from "./remote-keys.ts";
import type { TicketsOf, TicketVerifier, Unavailable, VerifierOptions } from "./verifier.ts";
import { verifySignature } from "./verify-signature.ts";

type Found = { readonly kind: "ok"; readonly ticket: CheckedTicket } | Refused | Unavailable;

/** Tickets as signed JWTs. Cheap checks come first, then the signature. Source: contract, section 3. */
export function createJwtVerifier(config: TicketsOf, options: VerifierOptions): TicketVerifier {
  const { now = Date.now, cacheSize = 10_000 } = options;
  const ending = new DisposableStack();
  const clients = listClients(config, (client, url) =>
    ending.use(readRemotely(client, url, options)),
  );
  const audience = config.hub.client;
  // Apart, so that a day's user tickets do not push out the few service tickets that come with all of them.
  const remembered: Record<TicketKind, Remembered<CheckedTicket>> = {
    service: rememberTickets(cacheSize, now),
    user: rememberTickets(cacheSize, now),
  };
  const verify = async (token: string, kind: TicketKind, caller?: string): Promise<Found> => {
    const seen = remembered[kind].find(token);
    // Its client may have withdrawn the key meanwhile, or put another in its place.
    const isProven = seen && clients.get(seen.issuer)?.keys.find(seen.kid) === seen.key;
    if (seen && isProven) return { kind: "ok", ticket: seen };
    if (seen) remembered[kind].forget(token);
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
    hasKeysOf: (client) => clients.get(client)?.keys.areThere() ?? false,
    async verifyServiceTicket(token) {
      const found = await verify(token, "service");
      if (found.kind !== "ok") return found;
      return { kind: "ok", client: found.ticket.issuer, kid: found.ticket.kid };
    },
    async verifyUserTicket(token, { client }) {
      const found = await verify(token, "user", client);
      if (found.kind !== "ok") return found;
      // One that is remembered was shown by its issuer then; who shows it now is another question.
      if (found.ticket.issuer !== client) return refused("issuer_not_caller");
      return { kind: "ok", subject: found.ticket.subject };
    },
    [Symbol.dispose]: () => ending.dispose(),
  };
}

async function verifyNew(token: string, expected: Expectation): Promise<Found> {
  const parsed = parseTicket(token);
  if (parsed.kind === "refused") return parsed;
  const checked = await checkWithKeys(parsed.ticket, expected);
  if (checked.kind !== "ok") return checked;
  const isValid = await verifySignature(checked.ticket.key, token);
  return isValid ? checked : refused("signature_invalid");
}

/** A ticket that only lacks its key may be of a key that is newer than the set at hand. */
async function checkWithKeys(ticket: ParsedTicket, expected: Expectation): Promise<Found> {
  const checked = checkTicket(ticket, expected);
  if (checked.kind === "ok" || checked.reason !== "key_unknown") return checked;
  const client = expected.clients.get(ticket.claims.iss as string);
  const hasKeys = await client?.keys.renew();
  return hasKeys ? checkTicket(ticket, expected) : { kind: "unavailable" };
}

function readRemotely(
  client: string,
  url: string,
  { remote }: VerifierOptions,
): TicketKeys & Disposable {
  if (remote === undefined) throw new TypeError("remote: keys at a URL need it");
  return createRemoteKeys({ client, url, ...remote });
}
