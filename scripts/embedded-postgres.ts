import { resolve } from "node:path";
import { findBinaries } from "./embedded-postgres/binaries.ts";
import { ensureCluster, readPassword } from "./embedded-postgres/cluster.ts";
import { adoptOrStart, connectionUrl, stopServer } from "./embedded-postgres/server.ts";

export interface EmbeddedPostgresOptions {
  /** The data folder; made on the first start. Its password lies in it, readable by its owner alone. */
  dir: string;
  /** Receives one line for each step that takes time. */
  log?: (line: string) => void;
  /** Server settings, as in postgresql.conf. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Of the database `postgres`, as the superuser. */
  url: string;
  port: number;
  pid: number;
  /** Stops the server for everybody who uses it; open sessions end. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a data folder, on a free port of 127.0.0.1, or takes over the one that a killed
 * process left running there.
 *
 * @throws EmbeddedPostgresError with a message fit to be shown: no package for this machine, no user
 * namespaces (as root), full disk, folder of another version.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log = () => {}, settings = {} } = options;
  const dir = resolve(options.dir);
  const binaries = findBinaries();
  await ensureCluster(binaries, dir, log);
  log("starting PostgreSQL");
  const password = await readPassword(dir);
  const { pid, port, adopted } = await adoptOrStart(binaries, dir, password, settings);
  if (adopted) log("took over the PostgreSQL that was running");
  const stop = () => stopServer(dir, pid);
  return { url: connectionUrl(port, password), port, pid, stop, [Symbol.asyncDispose]: stop };
}
