import { readBoundedFile } from "./bounded-file.ts";
import { type PrivateJwk, type Read, readPrivateJwk } from "./jwk.ts";

const largestFile = 64 * 1024;

/** Reads `TAKEOUT_SIGNING_KEY`: a private JSON Web Key, or the path of a file with one. */
export function readSigningKey(text: string): Read<PrivateJwk> {
  return text.trimStart().startsWith("{") ? parsePrivateJwk(text) : readPrivateJwkFile(text);
}

/** Reads a private key from a file; its path may be told, its content never is. */
export function readPrivateJwkFile(path: string): Read<PrivateJwk> {
  const file = readBoundedFile(path, largestFile);
  const read = file.kind === "ok" ? parsePrivateJwk(file.value) : file;
  return read.kind === "ok" ? read : { kind: "fault", message: `${path}: ${read.message}` };
}

function parsePrivateJwk(text: string): Read<PrivateJwk> {
  try {
    return readPrivateJwk(JSON.parse(text));
  } catch {
    return { kind: "fault", message: "is not JSON" }; // JSON.parse's own message quotes the text
  }
}
