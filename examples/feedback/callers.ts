import { readFile } from "node:fs/promises";
import type { Context, MiddlewareHandler } from "hono";
import { createTicketVerifier, type TicketVerifier } from "takeout-sdk/tickets";
import { answerProblem } from "./problems.ts";
import type { CallerSettings, Right } from "./settings.ts";

interface Caller extends CallerSettings {
  readonly verifier: TicketVerifier;
}

/** Lets a call pass if its service ticket is that of a caller who has the right. */
export type Require = (right: Right) => MiddlewareHandler;

/** The hub is not the only one that signs its calls: other services do it in the same way. */
export function createGuard(service: string, settings: readonly CallerSettings[]): Require {
  const callers = settings.map((caller) => ({ ...caller, verifier: verifierOf(service, caller) }));

  return (right) => async (c, next) => {
    const ticket = c.req.header("x-ya-service-ticket");
    if (!ticket) return answerProblem(c, "service_ticket_missing");
    const caller = await findCaller(callers, ticket);
    if (!caller) return answerProblem(c, "service_ticket_invalid");
    if (!caller.may.includes(right)) return answerProblem(c, "source_forbidden");
    noteCaller(c, caller.name);
    return await next();
  };
}

function verifierOf(service: string, { name, keys }: CallerSettings): TicketVerifier {
  // The SDK reads keys from a URL; ours lie in a file, which is read again as often.
  const fetch = async () => new Response(await readFile(keys), { headers: jsonType });
  return createTicketVerifier({ service, hub: { client: name, url: "http://127.0.0.1" }, fetch });
}

const jsonType = { "content-type": "application/json" };

async function findCaller(callers: readonly Caller[], ticket: string): Promise<Caller | undefined> {
  for (const caller of callers) {
    const { kind } = await caller.verifier.verify(ticket);
    if (kind === "valid") return caller;
  }
  return undefined;
}

const callerKey = "caller";

function noteCaller(c: Context, name: string): void {
  c.set(callerKey, name);
}

/** Who calls, where `Require` has let somebody pass. */
export function callerOf(c: Context): string {
  return c.get(callerKey) as string;
}
