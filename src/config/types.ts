import type { JsonWebKeySet, PrivateJwk, PublicJwk } from "./jwk.ts";

/** A bound on how often something may happen. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** An operation group of the portal surface that a portal may be granted. */
type PortalRight = "status" | "delete" | "export";

/**
 * Where the public keys of a client are: here, or at a URL that is read while the hub runs. In the file
 * `keys: "https://…"`, or `keys: { url: "http://…", insecure: true }` for plain http beyond this machine.
 */
export type KeySource = JsonWebKeySet | { readonly url: string };

/** A portal that may call the hub for its users. Source: contract, section 12. */
export interface PortalConfig {
  readonly name: string;
  readonly keys: KeySource;
  readonly allow: ReadonlySet<PortalRight>;
  /** Errors travel with HTTP 200 from a verified service ticket on. */
  readonly errorsAs200: boolean;
  /** Export submit and status demand a user ticket too. */
  readonly requireUserTicket: boolean;
  /** Where it takes the files of exports itself; a base URL without a trailing slash. */
  readonly storage?: string;
}

/** What a member of staff may do; `operator` includes `viewer`. */
type OperatorRole = "operator" | "viewer";

/** A client through which staff act on the admin API. */
interface OperatorConfig {
  readonly name: string;
  readonly keys: KeySource;
  /** By login. */
  readonly roles: ReadonlyMap<string, OperatorRole>;
}

/** A service that holds data of users. Everything in milliseconds where a name ends in `Ms`. */
export interface ServiceConfig {
  readonly name: string;
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly keys: KeySource;
  /** Ids of the categories it holds; never empty. */
  readonly categories: readonly string[];
  readonly export: boolean;
  readonly completion: "report" | "answer";
  /** Names of the services that must be done before this one is called. */
  readonly after: readonly string[];
  readonly attempts: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  readonly timeout: {
    readonly statusMs: number;
    readonly deleteMs: number;
    readonly exportMs: number;
  };
  readonly reportWithinMs: number;
  readonly concurrency: number;
}

/** What the user sees and chooses. */
interface CategoryConfig {
  readonly id: string;
  readonly slug: string;
}

/** How tickets are checked and got. `ids` maps what the daemon calls a client to its name; the hub has one too. */
export type TicketsConfig =
  | { readonly driver: "jwt" }
  | {
      readonly driver: "tvmtool";
      readonly url: string;
      readonly token: string;
      readonly ids: ReadonlyMap<string, string>;
    };

/** Where finished archives lie. `path` is absolute. */
export type BlobsConfig =
  | { readonly driver: "fs"; readonly path: string }
  | {
      readonly driver: "s3";
      readonly bucket: string;
      readonly endpoint?: string;
      readonly region?: string;
    };

/** The configuration file with its defaults filled in; bears no secret but the daemon's local token. */
export interface Config {
  readonly hub: { readonly client: string; readonly publicUrl: string };
  readonly tickets: TicketsConfig;
  readonly portals: ReadonlyMap<string, PortalConfig>;
  readonly operators: ReadonlyMap<string, OperatorConfig>;
  readonly identity?: { readonly url: string; readonly client: string; readonly timeoutMs: number };
  /** `trustForMs` is `Infinity` for `forever`. */
  readonly status: { readonly budgetMs: number; readonly trustForMs: number };
  readonly stuck: {
    readonly warnAfterMs: number;
    readonly alarmAfterMs: number;
    readonly deadlineMs: number;
  };
  readonly keep: { readonly requestsMs: number; readonly ledgerMs: number };
  readonly blobs: BlobsConfig;
  readonly export: {
    readonly deadlineMs: number;
    readonly delivery: "store" | "portal";
    readonly keepMs: number;
    readonly concurrency: number;
  };
  readonly delete: { readonly concurrency: number };
  readonly limits: { readonly portal: Rate; readonly user: Rate; readonly service: Rate };
  /** In configured order. */
  readonly categories: readonly CategoryConfig[];
  /** In configured order. */
  readonly services: readonly ServiceConfig[];
}

/** What must never be logged or shown; apart from `Config` so that it cannot slip out with it. */
export interface Secrets {
  /** 32 bytes from which subject keys and sealing keys are derived. */
  readonly secret: Buffer;
  /** No longer current, newest first as listed. */
  readonly oldSecrets: readonly Buffer[];
  readonly signingKey: PrivateJwk;
  /** Shown beside it and never signed with: the one before, or the next. */
  readonly oldSigningKeys: readonly PublicJwk[];
}

/** What the environment says about this process; the database URLs may bear a password. */
export interface Settings {
  readonly databaseUrl: string;
  /** Past any transaction-pooling proxy; `databaseUrl` unless set. */
  readonly livenessDatabaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** A worker-only process listens only where this is set. */
  readonly workPort?: number;
  readonly logLevel: LogLevel;
}

/** The levels of `LOG_LEVEL`, least talkative first. */
export const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everything a hub process needs to know before it starts. */
export interface Configuration {
  readonly settings: Settings;
  readonly config: Config;
  readonly secrets: Secrets;
}
