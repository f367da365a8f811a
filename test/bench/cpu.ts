import { readdir, readFile } from "node:fs/promises";

/** Of `stat` in `/proc`, which counts in hundredths of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

async function readStat(pid: number, thread?: number): Promise<Stat | null> {
  const of = thread === undefined ? `${pid}` : `${pid}/task/${thread}`;
  const text = await readFile(`/proc/${of}/stat`, "utf8").catch(() => "");
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  if (fields.length < 20) return null;
  const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [
    ...[fields[1], fields[11], fields[12], fields[13], fields[14]],
  ];
  const seconds = (ticks: number) => ticks / ticksPerSecond;
  return { parent, own: seconds(user + system), ended: seconds(endedUser + endedSystem) };
}

/** Seconds of processor time that a process has taken; `null` where there is no `/proc`. */
export async function cpuOf(pid: number): Promise<number | null> {
  return (await readStat(pid))?.own ?? null;
}

/** The same of its first thread alone, which is the one that runs its JavaScript. */
export async function cpuOfMainThread(pid: number): Promise<number | null> {
  return (await readStat(pid, pid))?.own ?? null;
}

/** The same of its children that have ended. */
export async function cpuOfEnded(pid: number): Promise<number | null> {
  return (await readStat(pid))?.ended ?? null;
}

/** The same of a process and all its children, those that have ended too: of a whole PostgreSQL. */
export async function cpuOfTree(pid: number): Promise<number | null> {
  const top = await readStat(pid);
  if (top === null) return null;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const children = await Promise.all(pids.map((one) => readStat(one)));
  const living = children.flatMap((child) => (child?.parent === pid ? [child.own] : []));
  return living.reduce((sum, own) => sum + own, top.own + top.ended);
}
