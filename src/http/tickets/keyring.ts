import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { promisify } from "node:util";
import type { PublicJwk } from "../../config/jwk.ts";
import type { Config } from "../../config/types.ts";
import type { RefusalReason } from "./claims.ts";
import type { DecodedTicket } from "./decode.ts";

export interface TicketKey {
  readonly kid: string;
  readonly alg: "EdDSA" | "ES256";
  readonly key: KeyObject;
}

export interface Keyring {
  /** Seeks only among the keys of the issuer, so that no client can sign for another. */
  find(
    issuer: string,
    header: DecodedTicket["header"],
  ):
    | { readonly kind: "ok"; readonly key: TicketKey }
    | { readonly kind: "refused"; readonly reason: RefusalReason };
}

/** The public keys of every client in the configuration, made ready once. */
export function createKeyring(config: Pick<Config, "portals" | "operators" | "services">): Keyring {
  const clients = [...config.portals.values(), ...config.operators.values(), ...config.services];
  const byClient = new Map(
    clients.map(({ name, keys }) => [name, new Map(keys.keys.map((jwk) => [jwk.kid, toKey(jwk)]))]),
  );
  return {
    find(issuer, { kid, alg }) {
      const keys = byClient.get(issuer);
      if (!keys) return { kind: "refused", reason: "issuer_unknown" };
      const key = keys.get(kid as string);
      if (!key) return { kind: "refused", reason: "key_unknown" };
      if (key.alg !== alg) return { kind: "refused", reason: "algorithm_refused" };
      return { kind: "ok", key };
    },
  };
}

function toKey(jwk: PublicJwk): TicketKey {
  const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  return { kid: jwk.kid, alg: jwk.kty === "EC" ? "ES256" : "EdDSA", key };
}

const verifyInPool = promisify<
  string | null,
  Buffer,
  Parameters<typeof verify>[2],
  Buffer,
  boolean
>(verify);

/** Checks the signature in the thread pool, so that the event loop goes on. */
export async function verifySignature(
  { alg, key }: TicketKey,
  { signed, signature }: DecodedTicket,
): Promise<boolean> {
  const data = Buffer.from(signed);
  if (alg === "EdDSA") return await verifyInPool(null, data, key, signature);
  return await verifyInPool("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
}
