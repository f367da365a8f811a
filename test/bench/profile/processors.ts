import { cpus } from "node:os";
import { cpuOf, cpuOfMainThread, cpuOfTree } from "../cpu.ts";
import type { Watch } from "../operation.ts";

/** Seconds of processor time, all processors together. */
export interface ProcessorTime {
  readonly mainThread: number;
  /** Signatures, compiling, garbage. */
  readonly otherThreads: number;
  readonly database: number;
  /** The load, and whatever else goes on here. */
  readonly others: number;
  readonly idle: number;
}

interface Meters {
  readonly mainThread: number;
  readonly hub: number;
  readonly database: number;
  readonly busy: number;
  readonly idle: number;
}

/** Notes who had the processors while the load lasted. */
export function watchProcessors(pids: { readonly hub: number; readonly database: number }): {
  readonly watch: Watch;
  /** `null` before the load has ended, and where there is no `/proc`. */
  taken(): ProcessorTime | null;
} {
  let taken: ProcessorTime | null = null;
  return {
    taken: () => taken,
    async watch(load) {
      const before = await readMeters(pids);
      const result = await load();
      const after = await readMeters(pids);
      taken = before && after && subtract(after, before);
      return result;
    },
  };
}

async function readMeters(pids: {
  readonly hub: number;
  readonly database: number;
}): Promise<Meters | null> {
  const hub = await cpuOf(pids.hub);
  const mainThread = await cpuOfMainThread(pids.hub);
  const database = await cpuOfTree(pids.database);
  if (hub === null || mainThread === null || database === null) return null;
  const times = cpus().map(({ times }) => times);
  const sum = (of: (one: (typeof times)[number]) => number) =>
    times.reduce((all, one) => all + of(one), 0) / 1_000;
  const busy = sum(({ user, nice, sys, irq }) => user + nice + sys + irq);
  return { hub, mainThread, database, busy, idle: sum(({ idle }) => idle) };
}

function subtract(after: Meters, before: Meters): ProcessorTime {
  const of = (name: keyof Meters) => after[name] - before[name];
  return {
    mainThread: of("mainThread"),
    otherThreads: of("hub") - of("mainThread"),
    database: of("database"),
    others: of("busy") - of("hub") - of("database"),
    idle: of("idle"),
  };
}
