import { resolve } from "node:path";
import { readBoundedFile } from "./bounded-file.ts";
import { type Fault, quote } from "./fault.ts";
import { type JsonWebKeySet, type PublicJwk, readPublicJwk } from "./jwk.ts";
import { at, entriesOf, itemsOf } from "./raw.ts";

type Role = "portals" | "operators" | "services";

/** The keys of every client by role and name. */
export type ClientKeys = Readonly<Record<Role, ReadonlyMap<string, JsonWebKeySet>>>;

const roles: readonly Role[] = ["portals", "operators", "services"];
const largestFile = 64 * 1024;
const mostKeys = 100;

/**
 * Reads the public keys of every client: a set or a single key, inline or in a file.
 *
 * @param folder - what the paths in the document are relative to.
 */
export function readClientKeys(
  document: unknown,
  folder: string,
): { keys: ClientKeys; faults: Fault[] } {
  const keys: Record<Role, Map<string, JsonWebKeySet>> = {
    portals: new Map(),
    operators: new Map(),
    services: new Map(),
  };
  const optional = at(document, "tickets", "driver") === "tvmtool"; // the daemon has the keys
  const faults = roles.flatMap((role) =>
    entriesOf(at(document, role)).flatMap(([name, client]) => {
      const source = at(client, "keys");
      if (source === undefined && optional) return [];
      const read = readKeys(source, folder);
      keys[role].set(name, { keys: read.keys });
      return read.messages.map((message) => ({ path: [role, name, "keys"], message }));
    }),
  );
  return { keys, faults };
}

function readKeys(source: unknown, folder: string): { keys: PublicJwk[]; messages: string[] } {
  if (source === undefined || source === null) return { keys: [], messages: ["is required"] };
  if (isUrl(source)) return { keys: [], messages: ["key URLs are not supported yet"] };
  if (typeof source !== "string") return readSet(source);
  const file = readBoundedFile(resolve(folder, source), largestFile);
  const label = quote(source);
  if (file.kind === "fault") return { keys: [], messages: [`${label} ${file.message}`] };
  const { keys, messages } = readSet(parseJson(file.value));
  return { keys, messages: messages.map((message) => `${label}: ${message}`) };
}

function isUrl(source: unknown): boolean {
  const location = at(source, "url") ?? source;
  return typeof location === "string" && /^https?:\/\//i.test(location);
}

function readSet(source: unknown): { keys: PublicJwk[]; messages: string[] } {
  const reads = listKeys(source).map(readPublicJwk);
  const keys = reads.flatMap((read) => (read.kind === "ok" ? [read.value] : []));
  const messages = reads.flatMap((read, index) =>
    read.kind === "fault" ? [`key ${index + 1}: ${read.message}`] : [],
  );
  const size = explainSize(source, reads.length);
  return { keys, messages: [...(size ? [size] : []), ...messages, ...findRepeatedKids(keys)] };
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not a key set, which is what the caller will say
  }
}

function findRepeatedKids(keys: readonly PublicJwk[]): string[] {
  const kids = keys.map(({ kid }) => kid);
  const repeated = new Set(kids.filter((kid, index) => kids.indexOf(kid) < index));
  return [...repeated].map((kid) => `two keys have the same kid, ${quote(kid)}`);
}
