/**
 * Why a ticket was refused, for the log alone: the caller learns only that it was (contract 3).
 * Where several hold, the first in this order is given.
 */
export const ticketRefusals = {
  too_long: "longer than any honest ticket",
  malformed: "not a compact JWS of two JSON objects and a signature in strict base64url",
  typ_wrong: "of another kind, or of none",
  alg_refused: "signed with an algorithm that is not allowed, or not at all",
  header_refused: "brings its own key or a critical extension",
  kid_missing: "does not name its key",
  issuer_unknown: "from a client that is not configured",
  issuer_not_caller: "a user ticket of another client than the one that shows it",
  issuer_not_for_users: "a user ticket of a client that speaks for no users",
  subject_not_issuer: "a service ticket in which a client speaks for another",
  subject_invalid: "for a subject that is no uid or no login",
  audience_wrong: "meant for another than this hub, or for several",
  times_invalid: "without iat or exp, with one after the other, or with a time that is no number",
  lifetime_too_long: "valid for longer than its kind may be",
  from_the_future: "issued later than now",
  not_yet_valid: "made for later than now (nbf)",
  expired: "too old",
  key_unknown: "signed with a key that its issuer does not have",
  alg_not_of_key: "signed with another algorithm than its key's",
  signature_invalid: "not signed by its key",
} as const;

/** Why the daemon refuses a ticket, where none of the above says it. */
export const daemonRefusals = {
  environment_wrong: "a user ticket of another environment, in the daemon's judgement",
  version_unknown: "of a version that the daemon does not know",
  daemon_refused: "refused by the daemon for a reason that is not known here",
} as const;

export type TicketRefusal = keyof typeof ticketRefusals | keyof typeof daemonRefusals;

/** A ticket that was refused. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: TicketRefusal;
}

export function refused(reason: TicketRefusal): Refused {
  return { kind: "refused", reason };
}
