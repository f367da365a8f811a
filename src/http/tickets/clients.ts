import { createPublicKey, type KeyObject } from "node:crypto";
import type { TicketAlgorithm } from "../../../generated/tickets.ts";
import type { PublicJwk } from "../../config/jwk.ts";
import type { Config } from "../../config/types.ts";

/** A public key, imported once. */
export interface TicketKey {
  readonly alg: TicketAlgorithm;
  readonly key: KeyObject;
}

/** A client that may call the hub. */
export interface TicketClient {
  /** Whose tickets it may sign beside its own: a portal's are for users, an operators' client's for staff. */
  readonly speaksFor: "users" | "staff" | "itself";
  /** By `kid`. */
  readonly keys: ReadonlyMap<string, TicketKey>;
}

export type ClientsConfig = Pick<Config, "portals" | "operators" | "services">;

/** Every client by name; a name has one role only, which the configuration sees to. */
export function listClients(config: ClientsConfig): ReadonlyMap<string, TicketClient> {
  const withRole = (
    clients: Iterable<{ name: string; keys: { keys: readonly PublicJwk[] } }>,
    speaksFor: TicketClient["speaksFor"],
  ) => [...clients].map(({ name, keys }) => [name, { speaksFor, keys: importKeys(keys) }] as const);
  return new Map([
    ...withRole(config.portals.values(), "users"),
    ...withRole(config.operators.values(), "staff"),
    ...withRole(config.services, "itself"),
  ]);
}

function importKeys({ keys }: { keys: readonly PublicJwk[] }): TicketClient["keys"] {
  return new Map(
    keys.map((jwk) => [
      jwk.kid,
      { alg: jwk.alg, key: createPublicKey({ key: { ...jwk }, format: "jwk" }) },
    ]),
  );
}
