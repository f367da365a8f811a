/** Lets at most `limit` pieces of work run at once; the others wait in order. */
export function createGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  // Whoever leaves hands its place over, so that a newcomer cannot slip in between.
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }

  return async (work) => {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
