import { quote } from "./fault.ts";
import { type PublicJwk, readPublicJwk } from "./jwk.ts";
import { at, itemsOf } from "./raw.ts";

const mostKeys = 100;

/** What a set says that somebody wrote for this hub: every fault in it is told. */
export function readKeySet(source: unknown): { keys: PublicJwk[]; messages: string[] } {
  const reads = listKeys(source).map(readPublicJwk);
  const keys = reads.flatMap((read) => (read.kind === "ok" ? [read.value] : []));
  const messages = reads.flatMap((read, index) =>
    read.kind === "fault" ? [`key ${index + 1}: ${read.message}`] : [],
  );
  const size = explainSize(source, reads.length);
  const repeated = repeatedKids(keys).map((kid) => `two keys have the same kid, ${quote(kid)}`);
  return { keys, messages: [...(size ? [size] : []), ...messages, ...repeated] };
}

/** A set that a client publishes at a URL, reduced to what may check tickets. */
export interface PublishedKeys {
  readonly keys: readonly PublicJwk[];
  /** Keys whose private part is in the set: whoever reads it can sign with them, so they are refused. */
  readonly disclosed: number;
  /** Keys of other kinds, for other uses, or with a `kid` that another has too. */
  readonly unusable: number;
}

/**
 * Reads a published set. Foreign keys in it are left out (RFC 7517, section 5), and one that gives a key away
 * does not cost the client its other keys. No key at all is a lawful set: every key has been withdrawn.
 *
 * @returns `undefined` where the text is no key set, or one of more than 100 keys.
 */
export function readPublishedKeys(text: string): PublishedKeys | undefined {
  const listed = at(parseJson(text), "keys");
  if (!Array.isArray(listed) || listed.length > mostKeys) return undefined;
  const disclosed = new Set(listed.filter(isDisclosed).map(pointOf));
  const safe = listed.filter((jwk) => !disclosed.has(pointOf(jwk)));
  const reads = safe.map(readPublicJwk);
  const usable = reads.flatMap((read) => (read.kind === "ok" ? [read.value] : []));
  const repeated = new Set(repeatedKids(usable));
  const keys = usable.filter(({ kid }) => !repeated.has(kid));
  return { keys, disclosed: disclosed.size, unusable: safe.length - keys.length };
}

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

function isDisclosed(jwk: unknown): boolean {
  return privateMembers.some((member) => at(jwk, member) !== undefined);
}

/** The same for the public and the private form of a key: its second entry must not save it. */
function pointOf(jwk: unknown): unknown {
  return at(jwk, "x") ?? at(jwk, "n") ?? jwk;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not a key set, which is what the caller will say
  }
}

/** A single key stands for a set of one. */
function listKeys(source: unknown): unknown[] {
  if (typeof at(source, "kty") === "string") return [source];
  return itemsOf(at(source, "keys")).slice(0, mostKeys + 1);
}

function explainSize(source: unknown, size: number): string | undefined {
  if (size > mostKeys) return `has more than ${mostKeys} keys in it`;
  if (size > 0) return undefined;
  return Array.isArray(at(source, "keys"))
    ? "has no key in it"
    : 'expected a JSON Web Key Set, {"keys": […]}, or one key';
}

function repeatedKids(keys: readonly PublicJwk[]): string[] {
  const kids = keys.map(({ kid }) => kid);
  return [...new Set(kids.filter((kid, index) => kids.indexOf(kid) < index))];
}
