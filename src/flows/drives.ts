import { setTimeout } from "node:timers/promises";
import type { FlowLog } from "./context.ts";

/** The drives of this process that are under way, those included that their job does not wait for any more. */
export interface Drives {
  track(deletionId: string, drive: Promise<void>): void;
  /** Whether this process is leaving: what is under way ends, and nothing more is claimed. */
  isDraining(): boolean;
  /** Resolves when none is under way. @returns whether one was. */
  settled(): Promise<boolean>;
  /** Begins to leave; resolves when all have ended, at most after this time. */
  drain(withinMs: number): Promise<void>;
}

export function createDrives(log: FlowLog): Drives {
  const underWay = new Set<Promise<void>>();
  let isDraining = false;
  const settled = async () => {
    const wasAny = underWay.size > 0;
    while (underWay.size > 0) await Promise.all(underWay);
    return wasAny;
  };
  return {
    track(deletionId, drive) {
      const ended = drive
        .catch((error) => {
          // The queue keeps only the last error of a job, and tells nobody.
          log.error({ deletion_id: deletionId, error }, "drive failed, to be run again");
        })
        .finally(() => underWay.delete(ended));
      underWay.add(ended);
    },
    isDraining: () => isDraining,
    settled,
    async drain(withinMs) {
      isDraining = true;
      const stopped = new AbortController();
      const late = setTimeout(withinMs, null, { signal: stopped.signal }).catch(() => {});
      await Promise.race([settled(), late]);
      stopped.abort();
    },
  };
}
