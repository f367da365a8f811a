import { join } from "node:path";
import { keepSecret, newSigningKey, publicKeySet, writeWhole } from "./secrets.ts";

const clients = ["passport", "desk", "realty"] as const;

export interface Demo {
  /** The hub's configuration. */
  configPath: string;
  realtyUrl: string;
  /** Path of the service's private key. */
  realtyKey: string;
}

export interface DemoPorts {
  hub: number;
  realty: number;
}

/** A stand-in portal, an operators' client and a connected service: their keys, and the configuration that knows them. */
export async function prepareDemo(folder: string, ports: DemoPorts): Promise<Demo> {
  for (const client of clients) {
    const key = await keepSecret(keyPath(folder, client), newSigningKey);
    await writeWhole(join(folder, "keys", `${client}.jwks.json`), publicKeySet(key));
  }
  const configPath = join(folder, "takeout.yaml");
  const realtyUrl = `http://127.0.0.1:${ports.realty}`;
  await writeWhole(configPath, configuration(`http://127.0.0.1:${ports.hub}`, realtyUrl));
  return { configPath, realtyUrl, realtyKey: keyPath(folder, "realty") };
}

function keyPath(folder: string, client: (typeof clients)[number]): string {
  return join(folder, "keys", `${client}.jwk.json`);
}

function configuration(hubUrl: string, realtyUrl: string): string {
  return `# The demonstration of npm start, written anew by each start: to change it, copy it and name the copy in TAKEOUT_CONFIG.
hub: { client: takeout, public_url: "${hubUrl}" }
portals:
  passport: { keys: ./keys/passport.jwks.json }
operators:
  desk: { keys: ./keys/desk.jwks.json, roles: { alice: operator, bob: viewer } }
categories:
  - { id: "1", slug: favorites }
  - { id: "2", slug: subscriptions }
services:
  realty:
    url: "${realtyUrl}"
    keys: ./keys/realty.jwks.json
    categories: ["1", "2"]
`;
}
