import pg from "pg";
import { StartError } from "./start-error.ts";

// Source: PostgreSQL, appendix A.
const lockNotAvailable = "55P03";
const soleUserLock = 7465;
// The session of one that was killed ends within moments.
const heldForMs = 5_000;

/**
 * Keeps others from using a server that we stop when we end: they would be left without one. The lock is the session's,
 * so that it goes with us, however we end.
 *
 * @returns nothing where somebody else has it.
 */
export async function holdAlone(adminUrl: string): Promise<AsyncDisposable | undefined> {
  const client = new pg.Client({ connectionString: adminUrl });
  client.on("error", () => {}); // the server was stopped
  await client.connect();
  const dispose = () => client.end().catch(() => {});
  try {
    await client.query(`set lock_timeout = ${heldForMs}`);
    await client.query("select pg_advisory_lock($1)", [soleUserLock]);
    return { [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    if ((error as { code?: unknown }).code === lockNotAvailable) return undefined;
    throw error;
  }
}

/** Says in a sentence what each of the services would say in a stack of its own. */
export async function requireDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new StartError(`DATABASE_URL cannot be used: ${message || code}`);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Makes the databases that are missing and gives the address of each. */
export async function ensureDatabases<Name extends string>(
  adminUrl: string,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const name of names) await ensureDatabase(client, name);
  } finally {
    await client.end();
  }
  const entries = names.map((name) => [name, urlOf(adminUrl, name)] as const);
  return Object.fromEntries(entries) as Record<Name, string>;
}

async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query("select from pg_database where datname = $1", [name]);
  if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
}

function urlOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = name;
  return url.href;
}
