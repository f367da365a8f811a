import { defineCommand } from "./command.ts";
import { printTicket, ticketOptions } from "./ticket-options.ts";

export const ticketService = defineCommand({
  name: "ticket service",
  summary: "Sign a service ticket: who calls.",
  options: ticketOptions,
  run: (values) => printTicket("service", values, (client) => client),
});
