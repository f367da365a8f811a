import type { JWK } from "jose";

/** What a service of these tests is told by its environment. */
export interface Settings {
  port: number;
  databaseUrl: string;
  /** The PostgreSQL schema that it keeps its tables in. */
  schema: string;
  hubUrl: string;
  service: string;
  signingKey: JWK;
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { PORT, DATABASE_URL, SCHEMA, TAKEOUT_HUB_URL, SERVICE, TAKEOUT_SERVICE_KEY } = env;
  if (!PORT || !DATABASE_URL || !SCHEMA || !TAKEOUT_HUB_URL || !SERVICE || !TAKEOUT_SERVICE_KEY) {
    throw new Error("PORT, DATABASE_URL, SCHEMA, SERVICE, TAKEOUT_HUB_URL, TAKEOUT_SERVICE_KEY");
  }
  return {
    port: Number(PORT),
    databaseUrl: DATABASE_URL,
    schema: SCHEMA,
    hubUrl: TAKEOUT_HUB_URL,
    service: SERVICE,
    signingKey: JSON.parse(TAKEOUT_SERVICE_KEY) as JWK,
  };
}
