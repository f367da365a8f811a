import { createTicketVerifier } from "takeout-sdk/tickets";
import type { HubSetup } from "./setup.ts";

const rememberAtMost = 1_000;

/** Whether a caller's ticket is the hub's; a ticket that was verified is remembered until it expires. */
export function createDoor(service: string, hub: HubSetup) {
  const verifier = createTicketVerifier({
    service,
    hub: { url: hub.urls[0], client: hub.client },
    fetch: anyOf(hub.urls),
  });
  const remembered = new Map<string, number>();
  return async (header: string | string[] | undefined): Promise<boolean> => {
    const ticket = String(header ?? "");
    if ((remembered.get(ticket) ?? 0) > Date.now()) return true;
    const check = await verifier.verify(ticket);
    if (check.kind !== "valid") return false;
    if (remembered.size >= rememberAtMost) remembered.clear();
    remembered.set(ticket, check.expiresAt.getTime());
    return true;
  };
}

/** The hub's keys from whichever of its processes answers. */
function anyOf(urls: readonly string[]): typeof fetch {
  return async (input, init) => {
    const { pathname: path } = new URL(input instanceof Request ? input.url : input);
    let failure: unknown = new Error("the hub has no address");
    for (const url of urls) {
      try {
        return await fetch(`${url}${path}`, init);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
