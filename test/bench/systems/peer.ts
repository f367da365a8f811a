import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { findFreePort } from "../../support/ports.ts";
import { answers, startChild } from "../child.ts";
import { categoryId } from "../fill/hub.ts";
import { peerSecret } from "../fill/peer.ts";
import type { Ground } from "../ground.ts";
import type { PeerSettings } from "../peer/settings.ts";
import type { StubService } from "../stubs/start.ts";
import type { System } from "./system.ts";

export interface PeerOptions {
  readonly databaseUrl: string;
  readonly services: readonly StubService[];
  /** Whether it calls services. */
  readonly works: boolean;
}

const program = join(import.meta.dirname, "..", "peer", "main.ts");

/** A process of the hand-written service. */
export async function startPeer(ground: Ground, options: PeerOptions): Promise<System> {
  const { people } = ground;
  const log = join(ground.folder, `peer-${randomUUID().slice(0, 8)}.log`);
  const port = await findFreePort();
  const jwksOf = new Map(people.services.map(({ client }) => [client.name, client.jwks]));
  const settings: PeerSettings = {
    ...{ port, databaseUrl: options.databaseUrl, secret: peerSecret, works: options.works },
    ...{ name: people.hub.name, key: people.hub.privateJwk },
    portals: [{ name: people.portal.client.name, jwks: people.portal.client.jwks }],
    services: options.services.map(({ name, url }) => {
      return { name, url, jwks: jwksOf.get(name) ?? { keys: [] } };
    }),
    categories: [{ id: categoryId, slug: "favorites" }],
  };
  const child = startChild({ program: [program], env: { PEER: JSON.stringify(settings) }, log });
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(child, `${url}/health`, log);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return { url, child, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
