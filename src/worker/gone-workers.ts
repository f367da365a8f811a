import type { FlowLog } from "../flows/context.ts";

/** A worker that is known to be gone, as the ledger names this death of it. */
export interface GoneWorker {
  readonly workerId: string;
  readonly goneAt: string;
}

/** Takes up what gone workers left, beside the caller's own beat: a ledger that is slow must not stop it. */
export interface GoneWorkers {
  /**
   * Begins a try unless one is under way; to be called again and again.
   *
   * @returns those of whom nothing is left any more, each once.
   */
  attend(gone: readonly GoneWorker[]): readonly GoneWorker[];
}

/**
 * @param resume - resolves to whether nothing of theirs is left; a ledger that is away, or a row that
 * somebody else holds, is no reason to leave the rest waiting for its leases to run out.
 */
export function createGoneWorkers(
  resume: (workerIds: readonly string[]) => Promise<boolean>,
  log: FlowLog,
): GoneWorkers {
  let finished: readonly GoneWorker[] = [];
  let isAtIt = false;
  const take = async (gone: readonly GoneWorker[]) => {
    try {
      if (await resume(gone.map(({ workerId }) => workerId))) finished = gone;
    } catch (error) {
      log.warn({ error, count: gone.length }, "leases of gone workers, to be ended again");
    }
    isAtIt = false;
  };
  return {
    attend(gone) {
      const done = finished;
      finished = [];
      const left = gone.filter(({ workerId }) => !done.some((one) => one.workerId === workerId));
      if (!isAtIt && left.length > 0) {
        isAtIt = true;
        void take(left);
      }
      return done;
    },
  };
}
