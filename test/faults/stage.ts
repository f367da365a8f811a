import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import {
  createRestartablePostgres,
  type RestartablePostgres,
} from "../e2e/support/restartable-postgres.ts";
import { findFreePort } from "../support/ports.ts";
import { createClient, type TestClient } from "../support/tickets.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { logFiles, type NemesisEntry, openLog } from "./logs.ts";
import type { Seams } from "./seams.ts";
import type { ServicesControl } from "./services/control.ts";
import { startServices } from "./services/start.ts";

/** What a scenario is played on; everything real, everything on this machine. */
export interface Setup {
  /** Half of them report (`completion: report`), half answer. */
  readonly services: number;
  readonly categories: readonly string[];
  /** Processes of each kind that are kept running. */
  readonly processes: { readonly serve?: number; readonly work?: number; readonly up?: number };
  readonly seams?: Omit<Seams, "seed">;
  /** What the configuration says of every service, beside its url and keys. */
  readonly service?: Readonly<Record<string, unknown>>;
  /** What else it says. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The same of single services, by name. */
  readonly named?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Puts something between the hub's processes and the database. */
  readonly between?: (
    options: BetweenOptions,
  ) => Promise<AsyncDisposable & { readonly url: string }>;
}

export interface BetweenOptions {
  /** Of the database itself. */
  readonly url: string;
  readonly seed: number;
  readonly tally: Tally;
}

/** What a scenario counts for itself, by name. */
export type Tally = Map<string, number>;

export function count(tally: Tally, name: string, by = 1): void {
  tally.set(name, (tally.get(name) ?? 0) + by);
}

export interface Stage extends AsyncDisposable {
  readonly setup: Setup;
  readonly seed: number;
  /** Where the logs of the run lie. */
  readonly folder: string;
  readonly database: RestartablePostgres;
  readonly sql: postgres.Sql;
  readonly portal: TestClient;
  readonly clients: ReadonlyMap<string, TestClient>;
  readonly services: ServicesControl;
  readonly fleet: Fleet;
  readonly tally: Tally;
  /** Writes into the log of faults. */
  note(entry: NemesisEntry): void;
  /** What a hub process is started with: to read the same configuration as it does. */
  readonly env: NodeJS.ProcessEnv;
}

export interface StageOptions {
  readonly seed: number;
  /** The source tree whose hub is run; this one by default. */
  readonly root?: string;
  /** Leaves the logs where they are. */
  readonly keep?: boolean;
}

const fastService = {
  timeout: { delete: "2s", status: "1s" },
  backoff: { first: "200ms", max: "3s" },
  report_within: "10s",
};

const open = new Set<() => Promise<void>>();

/** Takes down whatever is up, when the runner is told to stop in the middle of a run. */
export async function endStages(): Promise<void> {
  await Promise.allSettled([...open].map((dispose) => dispose()));
}

export async function createStage(setup: Setup, options: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "takeout faults "));
  stack.defer(async () => {
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  });
  const database = stack.use(await createRestartablePostgres({ max_connections: "400" }));
  const names = Array.from({ length: setup.services }, (_, at) => `service-${at + 1}`);
  const [portal, hub] = [await createClient("passport"), await createClient("takeout")];
  const clients = new Map<string, TestClient>();
  for (const name of names) clients.set(name, await createClient(name));
  const ports = await findPorts((setup.processes.serve ?? 0) + (setup.processes.up ?? 0));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const stubs = names.map((name, at) => {
    const completion = at % 2 === 0 ? ("report" as const) : ("answer" as const);
    return { name, completion, privateJwk: clients.get(name)?.privateJwk ?? {} };
  });
  const running = stack.use(
    await startServices({
      ...{ folder, seed: options.seed, services: stubs },
      hub: { client: "takeout", urls },
    }),
  );
  const configured = stubs.map(({ name, completion }) => {
    const rules = { ...fastService, ...setup.service, ...setup.named?.[name], completion };
    return [name, { url: running.urls[name], keys: clients.get(name)?.jwks, ...rules }];
  });
  const file = join(folder, "takeout.yaml");
  await writeFile(file, JSON.stringify(describe(portal, setup, configured))); // JSON is YAML too
  await mkdir(join(folder, "processes"));
  const tally: Tally = new Map();
  const between = await setup.between?.({ url: database.url, seed: options.seed, tally });
  if (between) stack.use(between);
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    DATABASE_URL: between?.url ?? database.url,
    TAKEOUT_CONFIG: file,
    TAKEOUT_SECRET: randomBytes(32).toString("base64"),
    TAKEOUT_SIGNING_KEY: JSON.stringify(hub.privateJwk),
  };
  const log = stack.use(openLog<NemesisEntry>(join(folder, logFiles.nemesis)));
  const sql = postgres(database.url, { max: 4, onnotice: () => {}, connect_timeout: 3 });
  stack.defer(() => sql.end({ timeout: 2 }));
  const fleet = stack.use(createFleet({ setup, env, ports, folder, ...options }));
  const kept = stack.move();
  const dispose = () => {
    open.delete(dispose);
    return kept.disposeAsync();
  };
  open.add(dispose);
  return {
    ...{ setup, seed: options.seed, folder, database, sql, portal, clients, fleet, tally, env },
    services: running.control,
    note: log.write,
    [Symbol.asyncDispose]: dispose,
  };
}

async function findPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await findFreePort();
    if (!ports.includes(port)) ports.push(port);
  }
  return ports;
}

function describe(portal: TestClient, setup: Setup, services: unknown[][]) {
  const plenty = "1000000/s";
  return {
    portals: { [portal.name]: { keys: portal.jwks } },
    limits: { portal: plenty, user: plenty, service: plenty },
    categories: setup.categories.map((id) => ({ id, slug: `category-${id}` })),
    services: Object.fromEntries(services),
    ...setup.config,
  };
}
