import { BlobError } from "./blob-store.ts";

/** How many may be at something at once; the others stand in line. */
export interface Slots {
  /**
   * @returns what gives the place back.
   * @throws BlobError "unavailable" when it takes too long or the line is too long, "aborted" by the signal.
   */
  take(signal: AbortSignal | undefined): Promise<() => void>;
}

const mostWaiting = 1_000;

export function createSlots(count: number, waitMs: number): Slots {
  let free = count;
  const line = new Set<() => void>();
  const giveBack = (): void => {
    const [next] = line;
    if (next === undefined) free += 1;
    else next();
  };
  const stand = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        line.delete(go);
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const go = () => {
        leave();
        resolve();
      };
      const fail = (error: BlobError) => {
        leave();
        reject(error);
      };
      const onAbort = () => fail(new BlobError("aborted", signal?.reason));
      const timer = setTimeout(
        () => fail(new BlobError("unavailable", new Error("too many at once"))),
        waitMs,
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      line.add(go);
    });
  return {
    async take(signal) {
      if (signal?.aborted) throw new BlobError("aborted", signal.reason);
      if (free > 0) free -= 1;
      else if (line.size >= mostWaiting) throw new BlobError("unavailable", new Error("too many"));
      else await stand(signal);
      let isTaken = true;
      return () => {
        if (isTaken) giveBack();
        isTaken = false;
      };
    },
  };
}
