import { join, relative, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { hubFlags } from "../hub-flags.mjs";
import { isListening, isReady, requireFreePort } from "./address.ts";
import { type Child, startChild } from "./child.ts";
import { ensureDatabases, holdAlone, requireDatabase } from "./databases.ts";
import { type Demo, type DemoPorts, demoPortal, demoServices, prepareDemo } from "./demo.ts";
import { keepRunning } from "./keep-running.ts";
import { keepSecret, newSecret, newSigningKey, writeWhole } from "./secrets.ts";
import { StartError } from "./start-error.ts";

// Far more than any needs: a program that fails ends, and is noticed at once. A busy machine is no fault.
const readyWithinMs = 300_000;

export interface LandscapeOptions {
  /** The project's root. */
  root: string;
  /** Where everything that must survive a restart lies. */
  data: string;
  host: string;
  ports: DemoPorts;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Aborted when we are asked to stop; what is under way is then given up. */
  signal: AbortSignal;
}

export interface Landscape extends AsyncDisposable {
  url: string;
  /** Absent when TAKEOUT_CONFIG names a configuration of one's own. */
  demo: Demo | undefined;
  /** The hub's configuration, and the file by which a shell gets its environment. */
  configPath: string;
  environmentPath: string;
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
    : await startDemo(options, databases.services, started);
  const { hub, ...told } = await startHub(options, databases.takeout, demo);
  started.use(hub);
  await untilReady(options, hub, () => isReady(told.url));
  if (demo) await startPortal(options, demo, started);
  const all = started.move();
  return { ...told, demo, hubEnded: hub.ended, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function requirePorts({ env, host, ports }: LandscapeOptions): Promise<void> {
  await requireFreePort(ports.hub, host, "PORT");
  if (env.TAKEOUT_CONFIG) return;
  for (const { name, variable } of [...demoServices, demoPortal]) {
    await requireFreePort(ports[name], "127.0.0.1", variable);
  }
}

/** A server of one's own (DATABASE_URL) serves the demonstration too; its services keep to schemas of their own. */
async function startDatabase(
  { env, root, data, say, signal }: LandscapeOptions,
  started: AsyncDisposableStack,
): Promise<{ takeout: string; services: string }> {
  if (env.DATABASE_URL) {
    if (!env.TAKEOUT_CONFIG) await requireDatabase(env.DATABASE_URL); // a hub alone waits for it
    return { takeout: env.DATABASE_URL, services: env.DATABASE_URL };
  }
  const server = await startEmbeddedPostgres({ dir: join(data, "postgres"), log: say });
  const hold = await holdAlone(server.url);
  if (hold === undefined) {
    throw new StartError(
      `another npm start works in ${relative(root, data) || data}: stop it, or set TAKEOUT_DATA to another folder`,
    );
  }
  started.use(hold); // let go when the server is gone, and not before
  started.use(server);
  signal.throwIfAborted();
  return ensureDatabases(server.url, ["takeout", "services"]);
}

async function startDemo(
  options: LandscapeOptions,
  databaseUrl: string,
  started: AsyncDisposableStack,
): Promise<Demo> {
  const { root, data, ports, say } = options;
  const demo = await prepareDemo(join(data, "demo"), ports);
  say(`starting the connected services ${demoServices.map(({ name }) => name).join(", ")}`);
  const starting = demoServices.map(async ({ name }) => {
    const env = {
      DATABASE_URL: databaseUrl,
      HOST: "127.0.0.1",
      PORT: String(ports[name]),
      TAKEOUT_HUB_URL: `http://127.0.0.1:${ports.hub}`,
      TAKEOUT_SERVICE_KEY: demo.keyOf(name),
      ...demo.envOf(name),
    };
    const command = [join(root, "examples", name, "main.ts")];
    const service = keepRunning({ name, command, env, stopWithinMs: 5_000 }, say);
    started.use(service);
    await untilReady(options, service, () => isListening(ports[name], "127.0.0.1"));
  });
  await Promise.all(starting);
  return demo;
}

async function startPortal(
  options: LandscapeOptions,
  demo: Demo,
  started: AsyncDisposableStack,
): Promise<void> {
  const { root, data, ports, say } = options;
  say("starting the stand-in portal");
  const shown = demoServices.map(({ name, title, moods }) => ({
    name,
    title,
    moods,
    url: `http://127.0.0.1:${ports[name]}`,
  }));
  const env = {
    HOST: "127.0.0.1",
    PORT: String(ports.portal),
    TAKEOUT_HUB_URL: `http://127.0.0.1:${ports.hub}`,
    TAKEOUT_PORTAL_NAME: "passport",
    TAKEOUT_PORTAL_KEY: demo.keyOf("passport"),
    PORTAL_SERVICES: JSON.stringify(shown),
    PORTAL_STORAGE: join(data, "portal"),
  };
  const command = [join(root, "examples", "portal", "main.ts")];
  const portal = keepRunning({ name: "portal", command, env, stopWithinMs: 5_000 }, say);
  started.use(portal);
  await untilReady(options, portal, () => isListening(ports.portal, "127.0.0.1"));
}

async function startHub(options: LandscapeOptions, databaseUrl: string, demo: Demo | undefined) {
  const { root, data, host, ports, say } = options;
  say("starting the hub");
  const secret = options.env.TAKEOUT_SECRET || (await keepSecret(join(data, "secret"), newSecret));
  const keyFile = join(data, "signing-key.jwk.json");
  if (!options.env.TAKEOUT_SIGNING_KEY) await keepSecret(keyFile, newSigningKey);
  const settings = {
    DATABASE_URL: databaseUrl,
    TAKEOUT_CONFIG: resolve(demo?.configPath ?? options.env.TAKEOUT_CONFIG ?? ""),
    TAKEOUT_SECRET: secret,
    TAKEOUT_SIGNING_KEY: options.env.TAKEOUT_SIGNING_KEY || keyFile,
  };
  const environmentPath = join(data, "hub.env");
  await writeWhole(environmentPath, asShell(settings), 0o600);
  const env = { ...settings, PORT: String(ports.hub), HOST: host };
  const command = [join(root, "src", "main.ts"), "up"];
  const hub = startChild({ name: "the hub", command, env, flags: hubFlags, stopWithinMs: 20_000 });
  const url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${ports.hub}`;
  return { hub, url, configPath: settings.TAKEOUT_CONFIG, environmentPath };
}

/** For a shell to read, so that the commands of an operator reach this hub too. */
function asShell(settings: Readonly<Record<string, string>>): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join("");
}

/** Waits until `check` holds, at most five minutes, and not longer than the program lives or we are wanted. */
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
    if (Date.now() > giveUpAt) {
      throw new StartError(`${child.name} is not ready after ${readyWithinMs / 1000} s`);
    }
  }
}
