import { readFileSync } from "node:fs";
import type { JWK } from "jose";

/** Somebody whom the visitor can be. */
export interface User {
  readonly uid: string;
  readonly name: string;
}

/** A service whose rows are shown beside the categories. */
export interface ShownService {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  /** Whether its page at `/mood` lets a visitor spoil its answers. */
  readonly moods: boolean;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly hubUrl: string;
  /** The hub's client name: the audience of tickets. */
  readonly hubClient: string;
  readonly portalName: string;
  readonly key: JWK;
  readonly users: readonly User[];
  readonly services: readonly ShownService[];
  /** The folder for copies that the hub pushes here, and for who ordered which; `null`: none. */
  readonly storage: string | null;
}

/** Everything that is wrong with the environment, a line each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

const defaultUsers = [
  { uid: "4001", name: "Mira Halonen" },
  { uid: "4002", name: "Teo Vasari" },
  { uid: "4003", name: "Ilse Brandt" },
  { uid: "4004", name: "Okan Demirel" },
] as const;

const clientName = /^[a-z][a-z0-9_-]{0,62}$/;

/**
 * Reads the environment, which the portal does nowhere else.
 * @throws SettingsError with every fault at once.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const faults: string[] = [];
  const read = <T>(
    name: string,
    fallback: string,
    parse: (text: string) => T | null,
    want: string,
  ) => {
    const value = parse(env[name] || fallback);
    if (value === null) faults.push(`${name}: ${want}`);
    return value as T;
  };
  const settings: Settings = {
    host: env.HOST || "127.0.0.1",
    port: read("PORT", "8090", toPort, "a port, 0 to 65535"),
    hubUrl: read("TAKEOUT_HUB_URL", "", toUrl, "the hub's address, such as http://127.0.0.1:8080"),
    hubClient: read("TAKEOUT_HUB_CLIENT", "takeout", toClient, "a client's name"),
    portalName: read("TAKEOUT_PORTAL_NAME", "passport", toClient, "a client's name"),
    key: read("TAKEOUT_PORTAL_KEY", "", toKey, "a private JWK, or the path of a file with one"),
    users: read("PORTAL_USERS", JSON.stringify(defaultUsers), toUsers, "JSON: [{uid, name}]"),
    services: read("PORTAL_SERVICES", "[]", toServices, "JSON: [{name, title, url}]"),
    storage: env.PORTAL_STORAGE || null,
  };
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

function toPort(text: string): number | null {
  return /^[0-9]{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : null;
}

function toUrl(text: unknown): string | null {
  const url = typeof text === "string" ? URL.parse(text) : null;
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search;
  return isPlain ? url.href.replace(/\/$/, "") : null;
}

function toClient(text: string): string | null {
  return clientName.test(text) ? text : null;
}

function toKey(text: string): JWK | null {
  try {
    const jwk = JSON.parse(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8"));
    return typeof jwk?.d === "string" ? jwk : null;
  } catch {
    return null;
  }
}

function toUsers(text: string): readonly User[] | null {
  const users = toList(text, ({ uid, name }) =>
    typeof uid === "string" && /^[1-9][0-9]{0,31}$/.test(uid) && isTitle(name)
      ? { uid, name }
      : null,
  );
  return users?.length ? users : null;
}

function toServices(text: string): readonly ShownService[] | null {
  return toList(text, ({ name, title, url, moods }) => {
    const address = toUrl(url);
    const isNamed = typeof name === "string" && clientName.test(name);
    if (!isNamed || !isTitle(title) || address === null) return null;
    return { name, title, url: address, moods: moods === true };
  });
}

function isTitle(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= 100;
}

/** A JSON list of which every item is one; `null` if any is not. */
function toList<T>(text: string, parse: (item: Record<string, unknown>) => T | null): T[] | null {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list) || list.length > 100) return null;
    const items = list.map((item) => parse(Object(item)));
    return items.every((item) => item !== null) ? items : null;
  } catch {
    return null;
  }
}
