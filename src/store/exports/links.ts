import { timingSafeEqual } from "node:crypto";
import { type DerivedKeys, type Keyring, keyedHash } from "../keys.ts";

/** What a link says: to which archive it leads, and until when, in ms. */
export interface ArchiveLink {
  readonly archiveId: string;
  readonly expiresAt: number;
}

const idBytes = 16;
const saidBytes = idBytes + 6;

/**
 * A link as it travels: what it says, and a keyed hash of that of 128 bits, which nobody guesses and nobody who has one
 * can alter.
 */
export function sealLink(keyring: Keyring, link: ArchiveLink): string {
  const said = Buffer.alloc(saidBytes);
  said.write(link.archiveId.replaceAll("-", ""), "hex");
  said.writeUIntBE(link.expiresAt, idBytes, 6);
  return Buffer.concat([said, tagOf(keyring.current, said)]).toString("base64url");
}

/** @returns `null` for what this hub did not make. */
export function openLink(keyring: Keyring, text: string): ArchiveLink | null {
  const bytes = Buffer.from(text, "base64url");
  // One link is written in one way only.
  if (bytes.length !== saidBytes + idBytes || bytes.toString("base64url") !== text) return null;
  const said = bytes.subarray(0, saidBytes);
  const tag = bytes.subarray(saidBytes);
  if (!keyring.all.some((keys) => timingSafeEqual(tagOf(keys, said), tag))) return null;
  const hex = said.toString("hex", 0, idBytes);
  const archiveId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { archiveId, expiresAt: said.readUIntBE(idBytes, 6) };
}

function tagOf({ subjectHmac }: DerivedKeys, said: Buffer): Buffer {
  return Buffer.from(keyedHash(subjectHmac, "archive_link", said).replaceAll("-", ""), "hex");
}
