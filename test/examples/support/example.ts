import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../support/ports.ts";
import { type RunningProcess, startProcess, until } from "../../support/processes.ts";
import { createClient, type TestClient } from "../../support/tickets.ts";

/** A service of `examples/` as a process, as `npm start` runs it. */
export interface Example extends AsyncDisposable {
  name: string;
  url: string;
  client: TestClient;
  process(): RunningProcess;
  /** Kills it as a crash would, and starts it again. */
  crash(): Promise<void>;
  /** Asks it to stop, and gives how it ended. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface ExampleOptions {
  name: string;
  databaseUrl: string;
  hubUrl: string;
  /** Where it is to listen; a free port by default. */
  port?: number;
  /** As whom it signs; a new client by default. */
  client?: TestClient;
  env?: NodeJS.ProcessEnv;
}

const examples = join(import.meta.dirname, "..", "..", "..", "examples");

export async function startExample(options: ExampleOptions): Promise<Example> {
  const { name, databaseUrl, hubUrl, port = await findFreePort() } = options;
  const client = options.client ?? (await createClient(name));
  const folder = await mkdtemp(join(tmpdir(), `takeout ${name} `));
  const keyFile = join(folder, "key.jwk.json");
  await writeFile(keyFile, JSON.stringify(client.privateJwk));
  const env = {
    ...process.env,
    PORT: `${port}`,
    DATABASE_URL: databaseUrl,
    TAKEOUT_HUB_URL: hubUrl,
    TAKEOUT_SERVICE_KEY: keyFile,
    ...options.env,
  };
  const start = async () => {
    const started = startProcess(process.execPath, [join(examples, name, "main.ts")], { env });
    await until(`${name}: ${started.output()}`, () => {
      if (started.child.exitCode !== null) throw new Error(started.output());
      return started.output().includes("listening");
    });
    return started;
  };
  let running = await start();
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    client,
    process: () => running,
    async crash() {
      await running[Symbol.asyncDispose]();
      running = await start();
    },
    stop() {
      running.child.kill("SIGTERM");
      return running.exit;
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
