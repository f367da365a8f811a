// Generated from api/ by scripts/generate.ts. Do not edit.

/** How a ticket of each kind travels and how long it may live. */
export const ticketKinds = {
  service: {"header":"X-Ya-Service-Ticket","typ":"service-ticket+jwt","maxLifetimeSeconds":3600},
  user: {"header":"X-Ya-User-Ticket","typ":"user-ticket+jwt","maxLifetimeSeconds":900},
} as const;

export type TicketKind = keyof typeof ticketKinds;

/** The only signature algorithms that are accepted. */
export const ticketAlgorithms = ["EdDSA","ES256"] as const;

export type TicketAlgorithm = (typeof ticketAlgorithms)[number];

/** How far apart the clocks of signer and verifier may be. */
export const ticketClockSkewSeconds = 30;

/** A uid, as the `sub` of a user ticket. */
export const uidPattern = /^[1-9][0-9]{0,31}$/;
