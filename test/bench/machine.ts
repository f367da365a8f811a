import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";
import type { Server } from "./postgres.ts";

/** What the figures are of. */
export interface Machine {
  readonly day: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Of a minute, from before the first run: what else went on. */
  readonly loadBefore: number;
}

export async function describeMachine(server: Server): Promise<Machine> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? type();
  return {
    day: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    ...{ system, node: process.version, postgres: server.version, settings: server.settings },
    loadBefore: loadavg()[0] ?? 0,
  };
}
