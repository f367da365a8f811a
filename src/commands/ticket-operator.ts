import { CommandError, defineCommand } from "./command.ts";
import { printTicket, ticketOptions } from "./ticket-options.ts";

export const ticketOperator = defineCommand({
  name: "ticket operator",
  summary: "Sign a user ticket of a member of staff, for the admin API.",
  options: {
    login: { value: "LOGIN", help: "the operator, as in the configuration; required" },
    ...ticketOptions,
    client: { value: "NAME", help: "who signs; desk by default" },
  },
  run: async ({ login, client = "desk", ...values }) => {
    if (login === undefined) throw new CommandError("--login is required");
    if (!/^[\x21-\x7e]{1,128}$/.test(login)) throw new CommandError("--login: expected a login");
    await printTicket("user", { client, ...values }, () => login);
  },
});
