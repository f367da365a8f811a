import type { Read } from "./jwk.ts";
import type { ReadList } from "./read-list.ts";
import { readSecret, readSecretList } from "./secret.ts";
import { readOldSigningKeys, readSigningKey } from "./signing-key.ts";
import { type LogLevel, logLevels, type Secrets, type Settings } from "./types.ts";

/** What the environment says, as it stands there; an empty variable counts as absent. */
export interface Environment {
  readonly databaseUrl?: string;
  readonly livenessDatabaseUrl?: string;
  readonly host?: string;
  readonly port?: string;
  readonly workPort?: string;
  readonly configFile?: string;
  readonly secret?: string;
  readonly oldSecrets?: string;
  readonly signingKey?: string;
  readonly oldSigningKeys?: string;
  readonly logLevel?: string;
  readonly dataFolder?: string;
}

/** The variable behind each field. Source: contract, section 12. */
export const variables = {
  databaseUrl: "DATABASE_URL",
  livenessDatabaseUrl: "LIVENESS_DATABASE_URL",
  host: "HOST",
  port: "PORT",
  workPort: "WORK_PORT",
  configFile: "TAKEOUT_CONFIG",
  secret: "TAKEOUT_SECRET",
  oldSecrets: "TAKEOUT_SECRET_OLD",
  signingKey: "TAKEOUT_SIGNING_KEY",
  oldSigningKeys: "TAKEOUT_SIGNING_KEY_OLD",
  logLevel: "LOG_LEVEL",
  dataFolder: "TAKEOUT_DATA",
} as const satisfies Record<keyof Environment, string>;

/** `value` is there exactly where the lists are empty. No fault quotes what a variable says. */
export interface Checked<T> {
  readonly value?: T;
  readonly faults: readonly string[];
  /** Names of variables that are needed and not set. */
  readonly unset: readonly string[];
}

/** Both lists as lines for a report. */
export function linesOf({ unset, faults }: Checked<unknown>): string[] {
  return [...unset.map((variable) => `${variable}: is not set`), ...faults];
}

/** The address of the database alone, for commands that need nothing else. */
export function checkDatabaseUrl(environment: Environment): Checked<string> {
  const { required, checked } = openReader(environment);
  const databaseUrl = required("databaseUrl", readDatabaseUrl);
  return checked({ databaseUrl }, (present) => present.databaseUrl);
}

/** Where the process listens, what it connects to, how much it says. */
export function checkSettings(environment: Environment): Checked<Settings> {
  const { required, optional, checked } = openReader(environment);
  const databaseUrl = required("databaseUrl", readDatabaseUrl);
  const livenessDatabaseUrl = optional("livenessDatabaseUrl", readDatabaseUrl) ?? databaseUrl;
  const port = optional("port", readPort) ?? 8080;
  const workPort = optional("workPort", readPort);
  const logLevel = optional("logLevel", readLogLevel) ?? "info";
  const host = environment.host ?? "127.0.0.1";
  return checked({ databaseUrl, livenessDatabaseUrl }, (urls) => ({
    ...urls,
    host,
    port,
    ...(workPort !== undefined && { workPort }),
    logLevel,
  }));
}

/** The secrets, read and measured. */
export function checkSecrets(environment: Environment): Checked<Secrets> {
  const { required, list, checked } = openReader(environment);
  const secret = required("secret", readSecret);
  const oldSecrets = list("oldSecrets", (text) => readSecretList(text, secret));
  const signingKey = required("signingKey", readSigningKey);
  const oldSigningKeys = list("oldSigningKeys", (text) => readOldSigningKeys(text, signingKey));
  return checked({ secret, signingKey }, (values) => ({ ...values, oldSecrets, oldSigningKeys }));
}

type Field = keyof Environment;
type Parse<T> = (text: string) => Read<T>;
type ParseList<T> = (text: string) => ReadList<T>;
type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Reads values one by one and gathers what is wrong with them. */
function openReader(environment: Environment) {
  const faults: string[] = [];
  const unset: string[] = [];
  const optional = <T>(field: Field, parse: Parse<T>): T | undefined => {
    const text = environment[field];
    if (text === undefined) return undefined;
    const read = parse(text);
    if (read.kind === "ok") return read.value;
    faults.push(`${variables[field]}: ${read.message}`);
    return undefined;
  };
  const required = <T>(field: Field, parse: Parse<T>): T | undefined => {
    if (environment[field] === undefined) unset.push(variables[field]);
    return optional(field, parse);
  };
  const list = <T>(field: Field, parse: ParseList<T>): readonly T[] => {
    const text = environment[field];
    if (text === undefined) return [];
    const { values, messages } = parse(text);
    faults.push(...messages.map((message) => `${variables[field]}: ${message}`));
    return values;
  };
  const checked = <T extends object, V>(
    values: T,
    build: (present: Present<T>) => V,
  ): Checked<V> =>
    faults.length + unset.length > 0
      ? { faults, unset }
      : { value: build(values as Present<T>), faults, unset };
  return { optional, required, list, checked };
}

function readDatabaseUrl(text: string): Read<string> {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    return { kind: "fault", message: "expected a URL such as postgres://user@host:5432/database" };
  }
  // The driver takes the first colon of the address for that before the port.
  if (new URL(text).hostname.startsWith("[")) {
    return { kind: "fault", message: "an IPv6 address is not understood; name the host instead" };
  }
  return { kind: "ok", value: text };
}

function readPort(text: string): Read<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return { kind: "ok", value: port };
  return { kind: "fault", message: "expected a port, 0 to 65535" };
}

function readLogLevel(text: string): Read<LogLevel> {
  const level = logLevels.find((known) => known === text);
  if (level !== undefined) return { kind: "ok", value: level };
  return { kind: "fault", message: `expected one of ${logLevels.join(", ")}` };
}
