import { type JsonObject, objectAt } from "./document.ts";

/** The text of `generated/error-codes.ts`, from `x-error-codes`. */
export function renderErrorCodes(common: JsonObject): string {
  const codes = objectAt(common, "x-error-codes");
  const rows = Object.keys(codes).map((code) => {
    const { status, title, retryable, used_in: usedIn } = objectAt(codes, code);
    return `  ${code}: ${JSON.stringify({ status, title, retryable, usedIn })},\n`;
  });
  return `/** Where a code may stand. \`status_entry\`: beside the portal's data; \`part\`: the error of a part. */
export type ErrorPlace = "portal" | "problem" | "status_entry" | "part";

export interface ErrorCodeEntry {
  /** The HTTP status of an answer with this code; null if the code never decides an answer. */
  readonly status: number | null;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly usedIn: readonly ErrorPlace[];
}

export const errorCodes = {
${rows.join("")}} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes that can stand in \`Place\`. */
export type ErrorCodeIn<Place extends ErrorPlace> = {
  [Code in ErrorCode]: Place extends (typeof errorCodes)[Code]["usedIn"][number] ? Code : never;
}[ErrorCode];
`;
}

/** The text of `generated/tickets.ts`, from `x-tickets`. */
export function renderTickets(common: JsonObject): string {
  const rules = objectAt(common, "x-tickets");
  const kinds = ["service", "user"].map((kind) => {
    const { header, typ, max_lifetime_seconds: maxLifetimeSeconds } = objectAt(rules, kind);
    return `  ${kind}: ${JSON.stringify({ header, typ, maxLifetimeSeconds })},\n`;
  });
  return `/** How a ticket of each kind travels and how long it may live. */
export const ticketKinds = {
${kinds.join("")}} as const;

export type TicketKind = keyof typeof ticketKinds;

/** The only signature algorithms that are accepted. */
export const ticketAlgorithms = ${JSON.stringify(rules.algorithms)} as const;

export type TicketAlgorithm = (typeof ticketAlgorithms)[number];

/** How far apart the clocks of signer and verifier may be. */
export const ticketClockSkewSeconds = ${JSON.stringify(rules.clock_skew_seconds)};

/** A uid, as the \`sub\` of a user ticket. */
export const uidPattern = /${rules.uid_pattern}/;
`;
}
