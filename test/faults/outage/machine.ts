import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "../stage.ts";

/** What others had of the machine in a stretch of a run; shares of all its cores, in [0, 1]. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly others: number;
}

const everyMs = 500;
const msPerTick = 10;

/**
 * Notes how busy the machine was with what is none of the run's: what is measured then tells of the others.
 * Knows nothing where there is no `/proc`.
 */
export function watchMachine(stage: Stage): AsyncDisposable & { readonly seen: Stretch[] } {
  const seen: Stretch[] = [];
  const stopping = new AbortController();
  const watching = watch(stage, seen, stopping.signal).catch(() => {});
  return {
    seen,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}

async function watch({ sql }: Stage, seen: Stretch[], stopping: AbortSignal): Promise<void> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const backend = (await readProcesses()).find(({ pid }) => pid === row?.pid);
  const roots = new Set([process.pid, backend?.parent ?? 0]);
  let before = await readUse(roots);
  while (!stopping.aborted) {
    await pause(everyMs, null, { signal: stopping }).catch(() => {});
    const after = await readUse(roots);
    const own = [...after.own].map(([pid, ms]) => ms - (before.own.get(pid) ?? ms));
    const busy = after.busy - before.busy - own.reduce((sum, ms) => sum + ms, 0);
    const others = Math.max(0, busy / (after.all - before.all));
    seen.push({ from: before.at, to: after.at, others });
    before = after;
  }
}

/** Processor time in ms: of all cores, spent on anything, and by each process of the run. */
async function readUse(roots: ReadonlySet<number>) {
  const processes = await readProcesses();
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const isOwn = (pid: number): boolean =>
    roots.has(pid) || (parents.has(pid) && isOwn(parents.get(pid) ?? 0));
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const all = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle);
  const own = processes.filter(({ pid }) => isOwn(pid));
  return {
    at: Date.now(),
    all,
    busy: all - idle,
    own: new Map(own.map(({ pid, usedMs }) => [pid, usedMs])),
  };
}

async function readProcesses() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => null)),
  );
  return stats.flatMap((stat) => {
    if (stat === null) return [];
    const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // proc(5): from the third field on
    const usedMs = (Number(rest[11]) + Number(rest[12])) * msPerTick;
    return [{ pid: Number.parseInt(stat, 10), parent: Number(rest[1]), usedMs }];
  });
}
