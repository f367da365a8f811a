import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeService } from "../../support/fake-service.ts";
import { type RunningProcess, startProcess, until } from "../../support/processes.ts";
import { createClient, type TestClient } from "../../support/tickets.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures");
const main = join(import.meta.dirname, "..", "..", "..", "src", "main.ts");

/** What a configuration file says of a service, beside its url and keys. */
export type ServiceSettings = Readonly<Record<string, unknown>>;

/** A configuration file with its secrets, and the hub processes that are started with them. */
export interface Landscape extends AsyncDisposable {
  readonly portal: TestClient;
  /** In base64, as `TAKEOUT_SECRET`. */
  readonly secret: string;
  /** Starts a process of its own: `serve`, `work` or `up`, on a free port. */
  start(command: "serve" | "work" | "up", env?: NodeJS.ProcessEnv): HubProcess;
  /** Starts a program of `fixtures` as if it were a hub. */
  startFixture(name: string, env?: NodeJS.ProcessEnv): HubProcess;
}

export interface HubProcess extends RunningProcess {
  /** Where it listens, once it says so. */
  address(): Promise<string>;
}

export async function createLandscape(options: {
  readonly databaseUrl: string;
  readonly categories: readonly string[];
  readonly services: readonly (readonly [FakeService, ServiceSettings?])[];
  /** What else the file says. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What it says of the portal, beside its keys. */
  readonly portal?: Readonly<Record<string, unknown>>;
  /** A command that each process is started by, with its arguments. */
  readonly within?: readonly string[];
}): Promise<Landscape> {
  const folder = await mkdtemp(join(tmpdir(), "takeout landscape "));
  const [portal, hub] = [await createClient("passport"), await createClient("takeout")];
  const file = join(folder, "takeout.yaml");
  await writeFile(file, JSON.stringify(describe(portal, options))); // JSON is YAML too
  const secret = randomBytes(32).toString("base64");
  const base = {
    PATH: process.env.PATH,
    DATABASE_URL: options.databaseUrl,
    TAKEOUT_CONFIG: file,
    TAKEOUT_SECRET: secret,
    TAKEOUT_SIGNING_KEY: JSON.stringify(hub.privateJwk),
    PORT: "0",
  };
  const processes: HubProcess[] = [];
  const begin = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const running = startHub([...(options.within ?? []), process.execPath, ...args], {
      ...base,
      ...env,
    });
    processes.push(running);
    return running;
  };
  return {
    portal,
    secret,
    start: (command, env = {}) => begin([main, command], env),
    startFixture: (name, env = {}) => begin([join(fixtures, name)], env),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((running) => running[Symbol.asyncDispose]()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function describe(portal: TestClient, options: Parameters<typeof createLandscape>[0]) {
  const services = options.services.map(([{ name, url, client }, settings]) => [
    name,
    { url, keys: client.jwks, ...settings },
  ]);
  const plenty = "1000000/s"; // these tests repeat and look far more often than a portal would
  return {
    portals: { [portal.name]: { keys: portal.jwks, ...options.portal } },
    limits: { portal: plenty, user: plenty, service: plenty },
    categories: options.categories.map((id) => ({ id, slug: `category-${id}` })),
    services: Object.fromEntries(services),
    ...options.config,
  };
}

function startHub([command = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): HubProcess {
  const running = startProcess(command, args, { env });
  const address = () =>
    until("a hub that listens", () => {
      if (running.child.exitCode !== null) throw new Error(running.output());
      return /"address":"(http[^"]+)"/.exec(running.output())?.[1];
    });
  return { ...running, address };
}
