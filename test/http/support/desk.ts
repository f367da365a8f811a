import type { Config } from "../../../src/config/types.ts";
import type { TestHub } from "../../support/hub.ts";
import { createClient, type TestClient } from "../../support/tickets.ts";

/** A client of operators: alice and bob may act, vera may look, and nobody else may do either. */
export interface Desk {
  readonly client: TestClient;
  /** What the hub's configuration knows of it. */
  readonly operators: Config["operators"];
  get(hub: TestHub, path: string, login?: string): Promise<Response>;
  /** Acts; a body that is absent is none. */
  act(hub: TestHub, path: string, sent?: Act): Promise<Response>;
}

export interface Act {
  readonly method?: string;
  readonly login?: string;
  readonly body?: unknown;
  readonly key?: string;
}

export async function createDesk(): Promise<Desk> {
  const client = await createClient("desk");
  const roles = new Map([
    ["alice", "operator"],
    ["bob", "operator"],
    ["vera", "viewer"],
  ] as const);
  const send = async (hub: TestHub, path: string, login: string, init: RequestInit = {}) =>
    await hub.app.request(path, {
      ...init,
      headers: {
        "x-ya-service-ticket": await client.serviceTicket(),
        "x-ya-user-ticket": await client.userTicket(login),
        ...(init.body ? { "content-type": "application/json" } : {}),
        ...init.headers,
      },
    });
  return {
    client,
    // biome-ignore lint/suspicious/noExplicitAny: JWKs of jose as ours
    operators: new Map([["desk", { name: "desk", keys: client.jwks as any, roles }]]),
    get: (hub, path, login = "vera") => send(hub, path, login),
    act: (hub, path, { method = "POST", login = "alice", body, key } = {}) =>
      send(hub, path, login, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(key !== undefined && { headers: { "idempotency-key": key } }),
      }),
  };
}
