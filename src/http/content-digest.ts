import { TakeoutError } from "../domain/errors.ts";

/** One member of the dictionary, its value a byte sequence (RFC 8941, section 3.3.5); parameters mean nothing here. */
const sha256Member = /^sha-256=:([A-Za-z0-9+/]{43}=):(?:;.*)?$/;
const digestBytes = 32;

/**
 * The SHA-256 that a sender says its body has. Digests by other algorithms are not looked at.
 *
 * @returns hexadecimal digits; `null`: it did not say.
 * @throws TakeoutError `bad_request`.
 * Source: RFC 9530, section 2.
 */
export function readContentDigest(header: string | null): string | null {
  if (header === null) return null;
  const members = header.split(",").map((member) => member.trim());
  const ours = members.filter((member) => /^sha-256(=|;|$)/.test(member)).at(-1);
  if (ours === undefined) return null;
  const [, encoded] = sha256Member.exec(ours) ?? [];
  const bytes = encoded === undefined ? null : Buffer.from(encoded, "base64");
  if (bytes?.byteLength === digestBytes) return bytes.toString("hex");
  throw new TakeoutError("bad_request", { detail: "Content-Digest is not as it must be" });
}
