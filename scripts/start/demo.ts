import { join } from "node:path";
import { keepSecret, newSigningKey, publicKeySet, writeWhole } from "./secrets.ts";

/** The connected services of the demonstration, in the order in which they are started. */
export const demoServices = [
  { name: "realty", title: "Realty", variable: "REALTY_PORT", port: 4101, moods: false },
  { name: "travel", title: "Travel", variable: "TRAVEL_PORT", port: 4102, moods: false },
  { name: "payments", title: "Payments", variable: "PAYMENTS_PORT", port: 4103, moods: true },
  { name: "identity", title: "Identity", variable: "IDENTITY_PORT", port: 4104, moods: false },
  { name: "rides", title: "Rides", variable: "RIDES_PORT", port: 4105, moods: false },
  { name: "feedback", title: "Feedback", variable: "FEEDBACK_PORT", port: 4106, moods: false },
] as const;

/** The stand-in for the account portal: the page that a visitor opens. */
export const demoPortal = { name: "portal", variable: "PORTAL_PORT", port: 8090 } as const;

type ServiceName = (typeof demoServices)[number]["name"];
export type DemoPorts = Readonly<Record<"hub" | "portal" | ServiceName, number>>;

export interface Demo {
  /** The hub's configuration. */
  configPath: string;
  /** Path of a client's private key. */
  keyOf(client: string): string;
  /** What a service needs to know that the others need not. */
  envOf(service: string): NodeJS.ProcessEnv;
}

/** A stand-in portal, an operators' client and connected services: their keys, and the configuration that knows them. */
export async function prepareDemo(folder: string, ports: DemoPorts): Promise<Demo> {
  const keyOf = (client: string) => join(folder, "keys", `${client}.jwk.json`);
  for (const client of [
    "passport",
    "desk",
    "moderation",
    ...demoServices.map(({ name }) => name),
  ]) {
    const key = await keepSecret(keyOf(client), newSigningKey);
    await writeWhole(join(folder, "keys", `${client}.jwks.json`), publicKeySet(key));
  }
  const configPath = join(folder, "takeout.yaml");
  await writeWhole(configPath, configuration(ports));
  return { configPath, keyOf, envOf: (name) => (name === "feedback" ? feedbackEnv(folder) : {}) };
}

/** Who may call the feedback service's own API, beside the hub. */
function feedbackEnv(folder: string): NodeJS.ProcessEnv {
  const keys = join(folder, "keys", "moderation.jwks.json");
  const moderation = { keys, may: ["create", "read", "user_info"] };
  return { FEEDBACK_CALLERS: JSON.stringify({ moderation }) };
}

function configuration(ports: DemoPorts): string {
  return `# The demonstration of npm start, written anew by each start: to change it, copy it and name the copy in TAKEOUT_CONFIG.
hub: { client: takeout, public_url: "http://127.0.0.1:${ports.hub}" }
portals:
  passport: { keys: ./keys/passport.jwks.json, storage: "http://127.0.0.1:${ports.portal}" }
identity: { url: "http://127.0.0.1:${ports.identity}", client: identity-resolver }
operators:
  desk: { keys: ./keys/desk.jwks.json, roles: { alice: operator, carol: operator, bob: viewer } }
blobs: { driver: fs, path: ../blobs }
export: { delivery: store }       # portal: files go to the portal's own storage instead
categories:
  - { id: "1", slug: favorites }
  - { id: "2", slug: subscriptions }
  - { id: "3", slug: offers }
  - { id: "4", slug: hidden_offers }
  - { id: "5", slug: notes }
  - { id: "6", slug: comparisons }
  - { id: "7", slug: mortgage_applications }
  - { id: "8", slug: rides }
  - { id: "9", slug: feedback }
services:
  realty:
    url: "http://127.0.0.1:${ports.realty}"
    keys: ./keys/realty.jwks.json
    export: true
    categories: ["1", "2", "3", "4", "5", "6", "7"]
    after: [payments]             # who may refuse goes first
  travel:
    url: "http://127.0.0.1:${ports.travel}"
    keys: ./keys/travel.jwks.json
    export: true
    categories: ["1"]
    completion: answer            # it has deleted when it answers
  payments:
    url: "http://127.0.0.1:${ports.payments}"
    keys: ./keys/payments.jwks.json
    export: true
    categories: ["2", "8"]
    attempts: 6
    backoff: { first: 1s, max: 5s }   # short, so that retries can be watched
  rides:
    url: "http://127.0.0.1:${ports.rides}"
    keys: ./keys/rides.jwks.json
    export: true
    categories: ["8"]
    after: [payments]
  identity:
    url: "http://127.0.0.1:${ports.identity}"
    keys: ./keys/identity.jwks.json
    export: true
    categories: ["8"]
    after: [realty, travel, payments, rides, feedback]   # last: the others are found by what it knows
  feedback:
    url: "http://127.0.0.1:${ports.feedback}"
    keys: ./keys/feedback.jwks.json
    categories: ["9"]
`;
}
