// Tickets: for a service that cannot use the ready-made handlers of `takeout-sdk/service`.
export type { HubOptions } from "./arguments.ts";
export { createTicketSigner, type TicketSigner, type TicketSignerOptions } from "./tickets/sign.ts";
export type { SigningKey } from "./tickets/signing-key.ts";
export {
  createTicketVerifier,
  type TicketCheck,
  type TicketVerifier,
  type TicketVerifierOptions,
} from "./tickets/verify.ts";
