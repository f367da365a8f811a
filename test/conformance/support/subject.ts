import { writeFile } from "node:fs/promises";
import postgres from "postgres";
import type { ConformanceOptions } from "takeout-sdk/conformance";
import { findFreePort } from "../../support/ports.ts";
import { type RunningProcess, startProcess, until } from "../../support/processes.ts";
import { createClient, type TestClient } from "../../support/tickets.ts";
import { heldCategories, seedThing } from "../services/plain/rows.ts";

/** A service as a process of its own, which the kit may end and start again. */
export interface Subject extends AsyncDisposable {
  /** What the kit is given for it, hooks included. */
  options: ConformanceOptions;
  client: TestClient;
  process(): RunningProcess;
}

export interface SubjectOptions {
  name: string;
  /** The command that runs the service. */
  command: readonly string[];
  databaseUrl: string;
  /** Makes a row of data; in the things of the service's PostgreSQL schema by default. */
  seed?: ConformanceOptions["seed"];
  env?: NodeJS.ProcessEnv;
  /** Where the service's key is put, for a service that wants a file. */
  keyFile?: string;
}

/** Starts a service which listens when it has said so. */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const { name, databaseUrl, command } = options;
  const [port, listen] = [await findFreePort(), await findFreePort()];
  const client = await createClient(name);
  if (options.keyFile) await writeFile(options.keyFile, JSON.stringify(client.privateJwk));
  const schema = `subject_${name.replaceAll("-", "_")}`;
  const env = {
    ...process.env,
    PORT: `${port}`,
    DATABASE_URL: databaseUrl,
    SCHEMA: schema,
    SERVICE: name,
    TAKEOUT_HUB_URL: `http://127.0.0.1:${listen}`,
    TAKEOUT_SERVICE_KEY: options.keyFile ?? JSON.stringify(client.privateJwk),
    ...options.env,
  };
  const [file = "", ...args] = command;
  const start = async () => {
    const started = startProcess(file, args, { env });
    await until(`${name}: ${started.output()}`, () => started.output().includes("listening"));
    return started;
  };
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  let running = await start();
  return {
    client,
    process: () => running,
    options: {
      url: `http://127.0.0.1:${port}`,
      service: name,
      categories: heldCategories,
      listen,
      serviceKeys: client.jwks as { keys: TestClient["jwks"]["keys"] },
      patienceMs: 15_000,
      seed: options.seed ?? ((row) => seedThing(sql, schema, row)),
      restart: async () => {
        await running[Symbol.asyncDispose]();
        running = await start();
      },
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await sql.end();
    },
  };
}
