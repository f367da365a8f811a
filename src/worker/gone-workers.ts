import type { FlowLog } from "../flows/context.ts";

/** Workers that are gone, until what they had under way has been taken up. */
export interface GoneWorkers {
  add(workerIds: readonly string[]): void;
  /** Tries to take it up, without waiting; to be called again and again. */
  attend(): void;
}

/** By then their leases have run out by themselves. */
const giveUpAfterMs = 120_000;

/**
 * @param resume - resolves to whether nothing of theirs is left; a ledger that is away, or a row that
 * somebody else holds, is no reason to leave the rest waiting for its leases to run out.
 */
export function createGoneWorkers(
  resume: (workerIds: readonly string[]) => Promise<boolean>,
  log: FlowLog,
): GoneWorkers {
  const since = new Map<string, number>();
  let isAtIt = false;
  const take = async () => {
    const workerIds = [...since.keys()];
    try {
      if (await resume(workerIds)) for (const id of workerIds) since.delete(id);
    } catch (error) {
      log.warn({ error, count: workerIds.length }, "leases of gone workers, to be ended again");
    }
    for (const [id, at] of since) {
      if (performance.now() - at > giveUpAfterMs) since.delete(id);
    }
  };
  return {
    add(workerIds) {
      for (const id of workerIds) since.set(id, performance.now());
    },
    attend() {
      if (isAtIt || since.size === 0) return;
      isAtIt = true;
      void take().finally(() => {
        isAtIt = false;
      });
    },
  };
}
