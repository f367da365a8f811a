import { join } from "node:path";
import postgres from "postgres";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../scripts/embedded-postgres.ts";

/** The one PostgreSQL of a run; every system has databases of its own in it. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly version: string;
  /** What differs from the defaults. */
  readonly settings: Readonly<Record<string, string>>;
  readonly admin: postgres.Sql;
  url(database: string): string;
  /** Makes an empty database, or a copy of one that nobody uses just now; one of that name goes first. */
  create(database: string, template?: string): Promise<string>;
  drop(database: string): Promise<void>;
}

/** What differs from the defaults; durability does not. */
const settings = {
  max_connections: "400",
  shared_buffers: "1GB",
  fsync: "on",
  synchronous_commit: "on",
  max_wal_size: "8GB",
  checkpoint_timeout: "1h",
} as const satisfies Record<string, string>;

export async function startServer(
  folder: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const options = { dir: join(folder, "postgres"), settings: { ...settings, ...extra } };
  const server: EmbeddedPostgres = await startEmbeddedPostgres(options);
  const admin = postgres(server.url, { max: 2, onnotice: () => {} });
  const [row] = await admin<{ server_version: string }[]>`show server_version`;
  const url = (database: string) => {
    const address = new URL(server.url);
    address.pathname = database;
    return address.href;
  };
  const drop = async (database: string) => {
    await admin.unsafe(`drop database if exists ${database} with (force)`);
  };
  return {
    ...{ pid: server.pid, version: row?.server_version ?? "", admin, url, drop },
    settings: { ...settings, ...extra },
    async create(database, template) {
      await drop(database);
      const source = template ? `template ${template} strategy file_copy` : "";
      await admin.unsafe(`create database ${database} ${source}`);
      return url(database);
    },
    async [Symbol.asyncDispose]() {
      await admin.end({ timeout: 5 });
      await server.stop();
    },
  };
}
