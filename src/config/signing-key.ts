import { readBoundedFile } from "./bounded-file.ts";
import {
  type PrivateJwk,
  type PublicJwk,
  publicPart,
  type Read,
  readPrivateJwk,
  readPublicJwk,
} from "./jwk.ts";
import { at, itemsOf } from "./raw.ts";
import { type ReadList, readList } from "./read-list.ts";

const largestFile = 64 * 1024;
/** A key is replaced by one other; more are a mistake. */
const mostOldKeys = 10;

/** Reads `TAKEOUT_SIGNING_KEY`: a private JSON Web Key, or the path of a file with one. */
export function readSigningKey(text: string): Read<PrivateJwk> {
  return readJsonOrFile(text, readPrivateJwk);
}

/** Reads a private key from a file; its path may be told, its content never is. */
export function readPrivateJwkFile(path: string): Read<PrivateJwk> {
  return readJsonFile(path, readPrivateJwk);
}

/**
 * Reads `TAKEOUT_SIGNING_KEY_OLD`: one key or a key set, private or public, or the path of a file with it.
 *
 * @returns the public parts, for nothing else is needed of them.
 */
export function readOldSigningKeys(
  text: string,
  current: PublicJwk | undefined,
): ReadList<PublicJwk> {
  const source = readJsonOrFile<unknown>(text, (value) => ({ kind: "ok", value }));
  if (source.kind === "fault") return { kind: "faults", messages: [source.message] };
  const read = readOldKeys(source.value, current);
  if (read.kind === "ok" || isJson(text)) return read;
  return { kind: "faults", messages: read.messages.map((message) => `${text}: ${message}`) };
}

function readOldKeys(source: unknown, current: PublicJwk | undefined): ReadList<PublicJwk> {
  const isSet = Array.isArray(at(source, "keys"));
  const listed = isSet ? itemsOf(at(source, "keys")) : [source];
  if (listed.length > mostOldKeys)
    return { kind: "faults", messages: [`has more than ${mostOldKeys} keys in it`] };
  return readList(listed, {
    read: readEither,
    nameOf: (index) => (isSet ? `key ${index + 1}: ` : ""),
    current,
    isSame: (one, other) => one.kid === other.kid,
    repeated: "is the current key or stands twice, by its kid",
  });
}

function readEither(jwk: unknown): Read<PublicJwk> {
  if (at(jwk, "d") === undefined) return readPublicJwk(jwk);
  const read = readPrivateJwk(jwk);
  return read.kind === "ok" ? { kind: "ok", value: publicPart(read.value) } : read;
}

type Parse<T> = (source: unknown) => Read<T>;

function readJsonOrFile<T>(text: string, parse: Parse<T>): Read<T> {
  return isJson(text) ? readJson(text, parse) : readJsonFile(text, parse);
}

/** Anything else is the path of a file. */
function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

function readJsonFile<T>(path: string, parse: Parse<T>): Read<T> {
  const file = readBoundedFile(path, largestFile);
  const read = file.kind === "ok" ? readJson(file.value, parse) : file;
  return read.kind === "ok" ? read : fault(`${path}: ${read.message}`);
}

function readJson<T>(text: string, parse: Parse<T>): Read<T> {
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    return fault("is not JSON"); // JSON.parse's own message quotes the text
  }
  return parse(source);
}

function fault(message: string): { kind: "fault"; message: string } {
  return { kind: "fault", message };
}
