import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JWK } from "jose";
import { describe, manifestName } from "../manifest.ts";
import { statementType } from "../sign-statement.ts";

/** What can be said of who made an archive. */
export type Signature =
  | { readonly kind: "good"; readonly kid: string; readonly hub: string }
  /** Nobody said whose keys to believe. */
  | { readonly kind: "not_checked" }
  | { readonly kind: "bad"; readonly why: string };

/** Looks whether one of these keys signed this manifest. */
export async function checkSignature(
  jws: string,
  manifest: Buffer,
  keys: readonly JWK[] | null,
): Promise<Signature> {
  if (keys === null) return { kind: "not_checked" };
  try {
    const { typ, kid = "" } = decodeProtectedHeader(jws);
    if (typ !== statementType) return { kind: "bad", why: "it is no signature of a manifest" };
    const keySet = createLocalJWKSet({ keys: [...keys] });
    const { payload } = await compactVerify(jws, keySet, { algorithms: ["EdDSA", "ES256"] });
    const statement = JSON.parse(Buffer.from(payload).toString());
    const { sha256, bytes } = describe(manifestName, manifest);
    const isSame = statement.manifest?.sha256 === sha256 && statement.manifest?.bytes === bytes;
    return isSame
      ? { kind: "good", kid, hub: String(statement.iss) }
      : { kind: "bad", why: "it was made for another manifest" };
  } catch (error) {
    return { kind: "bad", why: explain((error as { code?: unknown }).code) };
  }
}

/** Codes are jose's. */
function explain(code: unknown): string {
  if (code === "ERR_JWKS_NO_MATCHING_KEY") return "its key is none of those that were given";
  if (code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED")
    return "it was not made with the key it names";
  return "it cannot be read";
}
