import { resolve } from "node:path";
import { readBoundedFile } from "./bounded-file.ts";
import { type Fault, quote } from "./fault.ts";
import { parseJson, readKeySet } from "./key-set.ts";
import { readKeyUrl } from "./key-url.ts";
import { at, entriesOf } from "./raw.ts";
import type { KeySource } from "./types.ts";

type Role = "portals" | "operators" | "services";

/** The keys of every client by role and name. */
export type ClientKeys = Readonly<Record<Role, ReadonlyMap<string, KeySource>>>;

const roles: readonly Role[] = ["portals", "operators", "services"];
const largestFile = 64 * 1024;

/**
 * Reads the public keys of every client: a set or a single key, inline or in a file. What a URL says is
 * read while the hub runs; here it only has to be one.
 *
 * @param folder - what the paths in the document are relative to.
 */
export function readClientKeys(
  document: unknown,
  folder: string,
): { keys: ClientKeys; faults: Fault[] } {
  const keys: Record<Role, Map<string, KeySource>> = {
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
      keys[role].set(name, read.keys);
      return read.faults.map(({ path, message }) => ({
        path: [role, name, "keys", ...path],
        message,
      }));
    }),
  );
  return { keys, faults };
}

interface ReadKeys {
  readonly keys: KeySource;
  /** Paths are below the `keys` of the client. */
  readonly faults: readonly Fault[];
}

function readKeys(source: unknown, folder: string): ReadKeys {
  if (source === undefined || source === null) return toRead({ messages: ["is required"] });
  const location = readKeyUrl(source);
  if (location !== undefined) {
    const { url, faults } = location;
    return { keys: url === undefined ? { keys: [] } : { url }, faults };
  }
  return toRead(typeof source === "string" ? readFile(source, folder) : readKeySet(source));
}

function toRead({ keys = [], messages }: Partial<ReturnType<typeof readKeySet>>): ReadKeys {
  return { keys: { keys }, faults: (messages ?? []).map((message) => ({ path: [], message })) };
}

function readFile(source: string, folder: string): Partial<ReturnType<typeof readKeySet>> {
  const file = readBoundedFile(resolve(folder, source), largestFile);
  const label = quote(source);
  if (file.kind === "fault") return { messages: [`${label} ${file.message}`] };
  const { keys, messages } = readKeySet(parseJson(file.value));
  return { keys, messages: messages.map((message) => `${label}: ${message}`) };
}
