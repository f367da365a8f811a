import { EventEmitter } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { FlowLog, LogFields } from "./context.ts";

/** The drives of this process that are under way, those included that their job does not wait for any more. */
export interface Drives {
  track(deletionId: string, drive: Promise<void>, about?: LogFields): void;
  /** Called when a report that came to this process closes the deletion. @returns to be called when nobody listens any more. */
  onClosed(deletionId: string, listener: () => void): () => void;
  noteClosed(deletionId: string): void;
  /** Whether this process is leaving: what is under way ends, and nothing more is claimed. */
  isDraining(): boolean;
  /** Aborted shortly before it is waited for no more: what takes long gives up, and says so. */
  readonly leaving: AbortSignal;
  /** Resolves when none is under way. @returns whether one was. */
  settled(): Promise<boolean>;
  /** Begins to leave; resolves when all have ended, at most after this time. */
  drain(withinMs: number): Promise<void>;
}

/** How much of that time what takes long may use up; the rest is for saying that it gave up. */
const stepsMay = 0.75;

export function createDrives(log: FlowLog): Drives {
  const underWay = new Set<Promise<void>>();
  // As many as drives of one deletion are under way, each of which stops listening when it ends.
  const closings = new EventEmitter().setMaxListeners(0);
  let isDraining = false;
  const leaving = new AbortController();
  const settled = async () => {
    const wasAny = underWay.size > 0;
    while (underWay.size > 0) await Promise.all(underWay);
    return wasAny;
  };
  return {
    leaving: leaving.signal,
    track(deletionId, drive, about = { deletion_id: deletionId }) {
      const ended = drive
        .catch((error) => {
          // The queue keeps only the last error of a job, and tells nobody.
          log.error({ ...about, error }, "drive failed, to be run again");
        })
        .finally(() => underWay.delete(ended));
      underWay.add(ended);
    },
    onClosed(deletionId, listener) {
      closings.once(deletionId, listener);
      return () => closings.off(deletionId, listener);
    },
    noteClosed: (deletionId) => closings.emit(deletionId),
    isDraining: () => isDraining,
    settled,
    async drain(withinMs) {
      isDraining = true;
      const stopped = new AbortController();
      const options = { signal: stopped.signal };
      const late = setTimeout(withinMs, null, options).catch(() => {});
      const nearly = setTimeout(withinMs * stepsMay, null, options);
      nearly.then(() => leaving.abort()).catch(() => {});
      await Promise.race([settled(), late]);
      stopped.abort();
    },
  };
}
