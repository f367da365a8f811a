import { createPrivateKey, sign } from "node:crypto";
import type { PrivateJwk } from "../../../src/config/jwk.ts";

/** A ticket of any content whatever, honestly signed. */
export function forge(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: PrivateJwk,
): string {
  const part = (members: object) => Buffer.from(JSON.stringify(members)).toString("base64url");
  const signed = `${part({ alg: key.alg, kid: key.kid, ...header })}.${part(claims)}`;
  const privateKey = createPrivateKey({ key: { ...key }, format: "jwk" });
  const signature =
    key.alg === "ES256"
      ? sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" })
      : sign(null, Buffer.from(signed), privateKey);
  return `${signed}.${signature.toString("base64url")}`;
}
