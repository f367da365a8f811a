import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { isAlive } from "../../scripts/embedded-postgres/process.ts";
import { startEmbeddedPostgres } from "../../scripts/embedded-postgres.ts";
import { migrate } from "../../src/store/migrate.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of the run's own PostgreSQL, as superuser. */
    adminUrl: string;
  }
}

const folderPrefix = "takeout-test-";
export const templateName = "takeout_template";

/** One PostgreSQL for the whole run, with a migrated template that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const dir = join(folder, "postgres");
  const server = await startEmbeddedPostgres({ dir, settings: { max_connections: "300" } });
  const teardown = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await createTemplate(server.url);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide("adminUrl", server.url);
  return teardown;
}

async function createTemplate(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`create database ${templateName}`);
  await client.end();
  const url = new URL(adminUrl);
  url.pathname = templateName;
  await migrate(url.href);
}

/** A run that was killed leaves its server and folder; its process id in the name says that it is gone. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(
      name.startsWith(folderPrefix) && name.slice(folderPrefix.length).split("-")[0],
    );
    if (!pid || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    const server = await startEmbeddedPostgres({ dir: join(folder, "postgres") }).catch(
      () => undefined,
    );
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
