import { CompactSign, importJWK, type JWK } from "jose";

/** Set apart from the tickets that the same key signs, so that neither is ever taken for the other. */
export const statementType = "takeout-manifest+jws";

/**
 * Signs with the hub's key; whoever has its published key set can check it.
 *
 * @param key - a private key with `alg` and `kid`.
 * @returns a compact JWS (RFC 7515).
 */
export function createStatementSigner(
  key: JWK & { readonly alg: string; readonly kid: string },
): (statement: Uint8Array) => Promise<string> {
  const { alg, kid } = key;
  return async (statement) =>
    new CompactSign(statement)
      .setProtectedHeader({ alg, kid, typ: statementType })
      .sign(await importJWK(key, alg));
}
