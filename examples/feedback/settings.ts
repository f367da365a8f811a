import { readFileSync } from "node:fs";
import type { SigningKey } from "takeout-sdk";

/** What a caller of the feedback API may be allowed. */
export const rights = ["create", "read", "user_info"] as const;
export type Right = (typeof rights)[number];

/** A service of the same company that calls the feedback API. */
export interface CallerSettings {
  readonly name: string;
  /** The path of its public keys, a JWKS. */
  readonly keys: string;
  readonly may: readonly Right[];
}

export interface Settings {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  readonly hubUrl: string;
  readonly signingKey: SigningKey;
  readonly callers: readonly CallerSettings[];
  /** Milliseconds between two runs of the tool; 0 leaves it to a scheduler outside. */
  readonly toolEveryMs: number;
  /** How many tasks are anonymised in one transaction. */
  readonly batch: number;
  /** Days, from the request on, for which hidden data is kept. */
  readonly keepHiddenDays: number;
}

/**
 * Reads the environment, which is done nowhere else.
 * @throws Error naming the variable that is wrong.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    databaseUrl: required(env, "DATABASE_URL"),
    host: env.HOST || "127.0.0.1",
    port: integer(env, "PORT", 4106, 65_535),
    hubUrl: required(env, "TAKEOUT_HUB_URL"),
    signingKey: readKey(required(env, "TAKEOUT_SERVICE_KEY")),
    callers: readCallers(env.FEEDBACK_CALLERS || "{}"),
    toolEveryMs: integer(env, "FEEDBACK_TOOL_EVERY_MS", 1_000, 86_400_000),
    batch: Math.max(1, integer(env, "FEEDBACK_BATCH", 100, 1_000)),
    keepHiddenDays: integer(env, "FEEDBACK_KEEP_HIDDEN_DAYS", 180, 3_650),
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`set ${name}`);
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number, most: number): number {
  const value = Number(env[name] || fallback);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new Error(`${name}: give a whole number, 0 to ${most}`);
}

/** A private JWK, or the path of a file with one. */
function readKey(text: string): SigningKey {
  return JSON.parse(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8"));
}

function readCallers(text: string): CallerSettings[] {
  const wanted = `FEEDBACK_CALLERS: give JSON, {"name": {"keys": "path", "may": ["${rights.join('", "')}"]}}`;
  const callers: unknown = JSON.parse(text);
  return Object.entries(Object(callers)).map(([name, caller]) => {
    const { keys, may } = Object(caller) as Record<string, unknown>;
    const isKnown = (right: unknown) => rights.includes(right as Right);
    if (typeof keys !== "string" || !Array.isArray(may) || !may.every(isKnown)) {
      throw new Error(wanted);
    }
    return { name, keys, may };
  });
}
