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
  return readKey(sourceOf(text));
}

/** Reads a private key from a file; its path may be told, its content never is. */
export function readPrivateJwkFile(path: string): Read<PrivateJwk> {
  return readKey(sourceIn(path));
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
  const { place, json } = sourceOf(text);
  const { values, messages } =
    json.kind === "ok" ? readOldKeys(json.value, current) : unreadable(json.message);
  return { values, messages: messages.map((message) => `${place}${message}`) };
}

function readOldKeys(source: unknown, current: PublicJwk | undefined): ReadList<PublicJwk> {
  const isSet = Array.isArray(at(source, "keys"));
  const listed = isSet ? itemsOf(at(source, "keys")) : [source];
  if (listed.length > mostOldKeys) return unreadable(`has more than ${mostOldKeys} keys in it`);
  return readList(listed, {
    read: readEither,
    nameOf: (index) => (isSet ? `key ${index + 1}: ` : ""),
    current,
    isSame: (one, other) => one.kid === other.kid,
    repeated: "is the current key or stands twice, by its kid",
  });
}

function unreadable(message: string): ReadList<never> {
  return { values: [], messages: [message] };
}

function readEither(jwk: unknown): Read<PublicJwk> {
  if (at(jwk, "d") === undefined) return readPublicJwk(jwk);
  const read = readPrivateJwk(jwk);
  return read.kind === "ok" ? { kind: "ok", value: publicPart(read.value) } : read;
}

function readKey({ place, json }: Source): Read<PrivateJwk> {
  const read = json.kind === "ok" ? readPrivateJwk(json.value) : json;
  return read.kind === "ok" ? read : fault(`${place}${read.message}`);
}

interface Source {
  /** What a message about it begins with: the path of the file, where it is in one. */
  readonly place: string;
  readonly json: Read<unknown>;
}

/** JSON itself; anything else is the path of a file with it. */
function sourceOf(text: string): Source {
  return text.trimStart().startsWith("{") ? { place: "", json: readJson(text) } : sourceIn(text);
}

function sourceIn(path: string): Source {
  const file = readBoundedFile(path, largestFile);
  return { place: `${path}: `, json: file.kind === "ok" ? readJson(file.value) : file };
}

function readJson(text: string): Read<unknown> {
  try {
    return { kind: "ok", value: JSON.parse(text) };
  } catch {
    return fault("is not JSON"); // JSON.parse's own message quotes the text
  }
}

function fault(message: string): { kind: "fault"; message: string } {
  return { kind: "fault", message };
}
