import { uidPattern } from "../../generated/tickets.ts";
import { CommandError, defineCommand } from "./command.ts";
import { printTicket, ticketOptions } from "./ticket-options.ts";

export const ticketUser = defineCommand({
  name: "ticket user",
  summary: "Sign a user ticket: for whom a portal calls.",
  options: { uid: { value: "UID", help: "the user; required" }, ...ticketOptions },
  run: async ({ uid, ...values }) => {
    if (uid === undefined) throw new CommandError("--uid is required");
    if (!uidPattern.test(uid)) throw new CommandError("--uid: expected a decimal number");
    await printTicket("user", values, () => uid);
  },
});
