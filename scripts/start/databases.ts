import pg from "pg";

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
