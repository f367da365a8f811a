// Wrong on purpose: it takes a ticket of the hub that was made out to another service.
import { judgeTicket } from "../plain/behaviour.ts";
import { run } from "../plain/run.ts";

await run({
  judgeTicket: (ticket, settings) => judgeTicket(ticket, settings, { audience: true }),
});
