import { uidPattern } from "../../../generated/tickets.ts";
import type { TicketsConfig } from "../../config/types.ts";
import { listSpeakers } from "./clients.ts";
import { type Refused, refused, type TicketRefusal } from "./refusals.ts";
import type { TicketsOf, TicketVerifier } from "./verifier.ts";

/** What the daemon says of a ticket; numbers stand in `body` as text, with all their digits. */
type DaemonCheck =
  | { readonly kind: "good"; readonly body: unknown }
  | { readonly kind: "bad"; readonly error: string }
  | { readonly kind: "unavailable" };

/** The daemon that checks tickets. It never throws. */
export interface TicketDaemon {
  checkService(ticket: string): Promise<DaemonCheck>;
  checkUser(ticket: string): Promise<DaemonCheck>;
}

type TvmConfig = TicketsOf & {
  readonly tickets: Extract<TicketsConfig, { readonly driver: "tvmtool" }>;
};

const longestToken = 8 * 1024;

/**
 * Tickets as the daemon knows them. None is remembered: the daemon does not say when one expires, and it is no further
 * than this machine. A user ticket is not bound to whom it was given, so it is good in the hands of every client that
 * speaks for somebody. Source: contract, section 3.
 */
export function createTvmVerifier(config: TvmConfig, daemon: TicketDaemon): TicketVerifier {
  const { ids } = config.tickets;
  const speakers = listSpeakers(config);
  return {
    hasKeysOf: () => true, // they are the daemon's affair
    async verifyServiceTicket(token) {
      const fault = findFault(token);
      if (fault) return refused(fault);
      const answer = await daemon.checkService(token);
      if (answer.kind !== "good") return toRefusal(answer);
      const { src, dst } = answer.body as { src?: unknown; dst?: unknown };
      if (typeof src !== "string") return { kind: "unavailable" };
      if (dst !== undefined && ids.get(String(dst)) !== config.hub.client)
        return refused("audience_wrong");
      const client = ids.get(src);
      if (client === undefined || !speakers.has(client)) return refused("issuer_unknown");
      return { kind: "ok", client, kid: `tvm:${src}` };
    },
    async verifyUserTicket(token, { client }) {
      if ((speakers.get(client) ?? "itself") === "itself") return refused("issuer_not_for_users");
      const fault = findFault(token);
      if (fault) return refused(fault);
      const answer = await daemon.checkUser(token);
      if (answer.kind !== "good") return toRefusal(answer);
      const { default_uid: uid } = answer.body as { default_uid?: unknown };
      // 0 where nobody is chosen among those who are signed in.
      const isUid = typeof uid === "string" && uidPattern.test(uid);
      return isUid ? { kind: "ok", subject: uid } : refused("subject_invalid");
    },
    [Symbol.dispose]() {},
  };
}

/** Only what could not even be passed on; the rest is the daemon's to judge. */
function findFault(token: string): TicketRefusal | undefined {
  if (token.length > longestToken) return "too_long";
  return /^[\x21-\x7e]+$/.test(token) ? undefined : "malformed";
}

function toRefusal(
  answer: Exclude<DaemonCheck, { readonly kind: "good" }>,
): Refused | { readonly kind: "unavailable" } {
  if (answer.kind === "unavailable") return answer;
  const [, reason = "daemon_refused"] =
    reasons.find(([pattern]) => pattern.test(answer.error)) ?? [];
  return refused(reason);
}

/** The daemon's words for why, of which several versions are about; they may quote the ticket, so they go no further. */
const reasons: readonly (readonly [RegExp, TicketRefusal])[] = [
  [/expired/i, "expired"],
  [/destination|\bdst\b/i, "audience_wrong"],
  [/environment|\benv\b/i, "environment_wrong"],
  [/ticket type/i, "typ_wrong"],
  [/version/i, "version_unknown"],
  [/\bkeys?\b/i, "key_unknown"],
  [/signature/i, "signature_invalid"],
  [/malformed|format/i, "malformed"],
];
