import type { Config, KeySource } from "../../config/types.ts";
import { createFixedKeys, type TicketKeys } from "./client-keys.ts";

/** Whose tickets a client may show beside its own: a portal's are for users, an operators' client's for staff. */
export type SpeaksFor = "users" | "staff" | "itself";

/** A client that may call the hub. */
export interface TicketClient {
  readonly speaksFor: SpeaksFor;
  readonly keys: TicketKeys;
}

export type ClientsConfig = Pick<Config, "portals" | "operators" | "services">;

/**
 * Every client by name; a name has one role only, which the configuration sees to.
 *
 * @param readRemotely - makes the keys of a client that publishes them at a URL.
 */
export function listClients(
  config: ClientsConfig,
  readRemotely: (client: string, url: string) => TicketKeys,
): ReadonlyMap<string, TicketClient> {
  const keysOf = (name: string, keys: KeySource) =>
    "url" in keys ? readRemotely(name, keys.url) : createFixedKeys(keys.keys);
  return new Map(
    listRoles(config).map(({ name, keys, speaksFor }) => [
      name,
      { speaksFor, keys: keysOf(name, keys) },
    ]),
  );
}

/** For whom each client speaks, by name. */
export function listSpeakers(config: ClientsConfig): ReadonlyMap<string, SpeaksFor> {
  return new Map(listRoles(config).map(({ name, speaksFor }) => [name, speaksFor]));
}

function listRoles(config: ClientsConfig) {
  const withRole = (clients: Iterable<{ name: string; keys: KeySource }>, speaksFor: SpeaksFor) =>
    [...clients].map(({ name, keys }) => ({ name, keys, speaksFor }));
  return [
    ...withRole(config.portals.values(), "users"),
    ...withRole(config.operators.values(), "staff"),
    ...withRole(config.services, "itself"),
  ];
}
