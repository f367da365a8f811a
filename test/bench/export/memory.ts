import { readFileSync } from "node:fs";

const everyMs = 100;

/** What a process took at most while it was watched. */
export interface Watched {
  /** MB (10⁶ bytes) above what it had when the watch began. */
  readonly peakAboveIdle: number;
  readonly idle: number;
}

/** Looks at the resident memory of a process ten times a second; zeros where there is no `/proc`. */
export function watchMemory(pid: number): { end(): Watched } {
  const idle = residentOf(pid);
  let peak = idle;
  const look = () => {
    peak = Math.max(peak, residentOf(pid));
  };
  const timer = setInterval(look, everyMs).unref();
  return {
    end() {
      look();
      clearInterval(timer);
      return { idle, peakAboveIdle: peak - idle };
    },
  };
}

function residentOf(pid: number): number {
  try {
    const [, kib = "0"] =
      /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return (Number(kib) * 1024) / 1e6;
  } catch {
    return 0;
  }
}
