import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { isListening, isReady, requireFreePort } from "./address.ts";
import { type Child, startChild } from "./child.ts";
import { ensureDatabases } from "./databases.ts";
import { type Demo, prepareDemo } from "./demo.ts";
import { keepRunning } from "./keep-running.ts";
import { keepSecret, newSecret, newSigningKey } from "./secrets.ts";
import { StartError } from "./start-error.ts";

const readyWithinMs = 60_000;

export interface LandscapeOptions {
  /** The project's root. */
  root: string;
  /** Where everything that must survive a restart lies. */
  data: string;
  host: string;
  port: number;
  realtyPort: number;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Aborted when we are asked to stop; what is under way is then given up. */
  signal: AbortSignal;
}

export interface Landscape extends AsyncDisposable {
  url: string;
  /** Absent when TAKEOUT_CONFIG names a configuration of one's own. */
  demo: Demo | undefined;
  /** Resolves when the hub ends, with a word on how. */
  hubEnded: Promise<string>;
}

/** Starts everything in order; disposing stops it in the reverse order, also after a failure half-way. */
export async function startLandscape(options: LandscapeOptions): Promise<Landscape> {
  await using started = new AsyncDisposableStack();
  await requirePorts(options);
  const databases = await startDatabase(options, started);
  const demo = options.env.TAKEOUT_CONFIG
    ? undefined
    : await startDemo(options, databases.realty, started);
  const { hub, url } = await startHub(options, databases.takeout, demo);
  started.use(hub);
  await untilReady(options, hub, () => isReady(url));
  const all = started.move();
  return { url, demo, hubEnded: hub.ended, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function requirePorts({ env, host, port, realtyPort }: LandscapeOptions): Promise<void> {
  await requireFreePort(port, host, "PORT");
  if (!env.TAKEOUT_CONFIG) await requireFreePort(realtyPort, "127.0.0.1", "REALTY_PORT");
}

/** A server of one's own (DATABASE_URL) serves the demonstration too, which keeps to a schema of its own. */
async function startDatabase(
  { env, data, say, signal }: LandscapeOptions,
  started: AsyncDisposableStack,
): Promise<{ takeout: string; realty: string }> {
  if (env.DATABASE_URL) return { takeout: env.DATABASE_URL, realty: env.DATABASE_URL };
  const server = await startEmbeddedPostgres({ dir: join(data, "postgres"), log: say });
  started.use(server);
  signal.throwIfAborted();
  return ensureDatabases(server.url, ["takeout", "realty"]);
}

async function startDemo(
  options: LandscapeOptions,
  databaseUrl: string,
  started: AsyncDisposableStack,
): Promise<Demo> {
  const { root, data, port, realtyPort, say } = options;
  const demo = await prepareDemo(join(data, "demo"), { hub: port, realty: realtyPort });
  say("starting the connected service realty");
  const env = {
    DATABASE_URL: databaseUrl,
    HOST: "127.0.0.1",
    PORT: String(realtyPort),
    TAKEOUT_HUB_URL: `http://127.0.0.1:${port}`,
    TAKEOUT_SERVICE_KEY: demo.realtyKey,
  };
  const command = [join(root, "examples", "realty", "main.ts")];
  const realty = keepRunning({ name: "realty", command, env, stopWithinMs: 5_000 }, say);
  started.use(realty);
  await untilReady(options, realty, () => isListening(realtyPort, "127.0.0.1"));
  return demo;
}

async function startHub(options: LandscapeOptions, databaseUrl: string, demo: Demo | undefined) {
  const { root, data, host, port, say } = options;
  say("starting the hub");
  const secret = options.env.TAKEOUT_SECRET || (await keepSecret(join(data, "secret"), newSecret));
  const keyFile = join(data, "signing-key.jwk.json");
  if (!options.env.TAKEOUT_SIGNING_KEY) await keepSecret(keyFile, newSigningKey);
  const env = {
    DATABASE_URL: databaseUrl,
    TAKEOUT_CONFIG: demo?.configPath ?? options.env.TAKEOUT_CONFIG,
    TAKEOUT_SECRET: secret,
    TAKEOUT_SIGNING_KEY: options.env.TAKEOUT_SIGNING_KEY || keyFile,
    PORT: String(port),
    HOST: host,
  };
  const command = [join(root, "src", "main.ts"), "up"];
  const hub = startChild({ name: "the hub", command, env, stopWithinMs: 20_000 });
  return { hub, url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}` };
}

/** Waits until `check` holds, at most a minute, and not longer than the program lives or we are wanted. */
async function untilReady(
  { signal }: LandscapeOptions,
  child: Child,
  check: () => Promise<boolean>,
): Promise<void> {
  let ended: string | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  for (const giveUpAt = Date.now() + readyWithinMs; !(await check()); await pause(50)) {
    signal.throwIfAborted();
    if (ended !== undefined) throw new StartError(`${ended}; see its message above`);
    if (Date.now() > giveUpAt) throw new StartError(`not ready after ${readyWithinMs / 1000} s`);
  }
}
