import { createPublicKey, type KeyObject } from "node:crypto";
import type { TicketAlgorithm } from "../../../generated/tickets.ts";
import type { PublicJwk } from "../../config/jwk.ts";

/** A public key, imported once. */
export interface TicketKey {
  readonly alg: TicketAlgorithm;
  readonly key: KeyObject;
  /** The same key as SPKI in PEM. */
  readonly pem: string;
}

/** The keys of one client as they are at the moment. */
export interface TicketKeys {
  /** Whether there are any that serve: a set at a URL may never have been read. */
  areThere(): boolean;
  /** The same object as long as the client has this key, so that what it proved may be remembered with it. */
  find(kid: string): TicketKey | undefined;
  /**
   * Looks again for a key that was not found, where that may help.
   *
   * @returns whether there are keys at all; where there are none, nothing can be said of a ticket.
   */
  renew(): Promise<boolean>;
}

/** Keys that stand in the configuration. */
export function createFixedKeys(jwks: readonly PublicJwk[]): TicketKeys {
  const keys = importKeys(jwks);
  return { areThere: () => true, find: (kid) => keys.get(kid), renew: async () => true };
}

/** @param earlier - keys imported before; those that are still the same stay the same. */
export function importKeys(
  jwks: readonly PublicJwk[],
  earlier?: ReadonlyMap<string, TicketKey>,
): ReadonlyMap<string, TicketKey> {
  return new Map(
    jwks.map((jwk) => {
      const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
      const before = earlier?.get(jwk.kid);
      if (before?.key.equals(key)) return [jwk.kid, before];
      const pem = key.export({ format: "pem", type: "spki" }).toString();
      return [jwk.kid, { alg: jwk.alg, key, pem }];
    }),
  );
}
