import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../scripts/embedded-postgres/process.ts";
import { startEmbeddedPostgres } from "../../scripts/embedded-postgres.ts";
import { fillHub } from "./fill/hub.ts";
import { fillPeer } from "./fill/peer.ts";
import type { Stock } from "./fill/stock.ts";
import { createPeople, type People } from "./people.ts";
import { type Server, startServer } from "./postgres.ts";
import { type Stubs, startStubs } from "./stubs/start.ts";

export interface GroundOptions {
  /** The source tree whose hub is measured. */
  readonly root: string;
  /** Parts in the tables before anything is measured. */
  readonly parts: number;
  readonly say: (line: string) => void;
  /** Settings of the server beside those of every run. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Everything that systems stand on: one PostgreSQL, stub services, tickets, and databases that are filled already. */
export interface Ground extends AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  readonly parts: number;
  readonly say: (line: string) => void;
  readonly people: People;
  readonly server: Server;
  /** Ten services or a hundred, in one process; the same for all who ask. */
  stubs(count: number): Promise<Stubs>;
  /** A database of that kind, filled, for one contender alone. */
  database(kind: keyof typeof fillers, stock: Stock): Promise<string>;
}

const folderPrefix = "takeout-bench-";
const mostServices = 100;

const fillers = {
  hub: (url: string, stock: Stock) => fillHub(url, stock),
  /** The hub's tables, with users that pgbench can name. */
  pgbench: (url: string, stock: Stock) => fillHub(url, stock, true),
  peer: fillPeer,
} as const;

export async function createGround(options: GroundOptions): Promise<Ground> {
  const { root, parts, say } = options;
  await removeAbandoned();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = stack.use(await startServer(folder, options.settings));
  const people = await createPeople(mostServices);
  const stubs = new Map<number, Stubs>();
  const templates = new Map<string, string>();
  let databases = 0;
  const kept = stack.move();
  const ground: Ground = {
    ...{ root, folder, parts, say, people, server },
    async stubs(count) {
      const running = stubs.get(count) ?? kept.use(await startStubs(people, count, folder));
      stubs.set(count, running);
      return running;
    },
    async database(kind, stock) {
      const key = `${kind}_${stock.users}x${stock.services}`;
      if (!templates.has(key)) {
        say(`filling ${key}`);
        await fillers[kind](await server.create(key), stock);
        templates.set(key, key);
      }
      databases += 1;
      return await server.create(`${kind}_${databases}`, key);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return ground;
}

/** A run that was killed leaves its server and folder; its process id in the name says that it is gone. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const pid = Number(name.slice(folderPrefix.length).split("-")[0]);
    if (!pid || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    const dir = join(folder, "postgres");
    const server = await startEmbeddedPostgres({ dir }).catch(() => undefined);
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
