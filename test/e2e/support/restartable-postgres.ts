import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../../scripts/embedded-postgres/process.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../../scripts/embedded-postgres.ts";
import { findFreePort } from "../../support/ports.ts";
import { until } from "../../support/processes.ts";

/** A PostgreSQL of a test's own that goes away and comes back at the same address. */
export interface RestartablePostgres extends AsyncDisposable {
  readonly url: string;
  /** As an immediate shutdown: sessions are cut, nothing is written, the next start recovers. */
  cut(): Promise<void>;
  start(): Promise<void>;
  /** Stops every process of the server where it stands: connections stay open, nobody answers. */
  hang(): Promise<void>;
  resume(): Promise<void>;
}

/** @param settings - of the server, beside its port. */
export async function createRestartablePostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<RestartablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), "takeout away "));
  const port = await findFreePort();
  const options = { dir: join(folder, "postgres"), settings: { ...settings, port: `${port}` } };
  let server: EmbeddedPostgres = await startEmbeddedPostgres(options);
  const url = new URL(server.url);
  url.port = `${port}`;
  let isHung = false;
  const signalAll = async (signal: NodeJS.Signals) => {
    process.kill(server.pid, signal); // first, so that no further sessions begin
    for (const pid of await childrenOf(server.pid)) {
      // A child may have ended since it was listed.
      if (isAlive(pid)) process.kill(pid, signal);
    }
    isHung = signal === "SIGSTOP";
  };
  return {
    url: url.href,
    async cut() {
      process.kill(server.pid, "SIGQUIT");
      await until("the server to be gone", () => !isAlive(server.pid));
    },
    async start() {
      server = await startEmbeddedPostgres(options);
    },
    hang: () => signalAll("SIGSTOP"),
    resume: () => signalAll("SIGCONT"),
    async [Symbol.asyncDispose]() {
      if (isHung) await signalAll("SIGCONT");
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")),
  );
  return stats
    .filter((stat) => Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]) === parent)
    .map((stat) => Number.parseInt(stat, 10));
}
