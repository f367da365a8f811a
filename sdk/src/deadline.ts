/**
 * Runs work that must end within `ms` milliseconds, or when `parent` aborts. Its promise rejects
 * then with the abort's reason (`TimeoutError` for the time), even if the work heeds no signal.
 * `restart` starts the time anew, for work that is bounded by how long it may stand still.
 * One timer and one listener, both gone afterwards: `AbortSignal.any` on a long-lived parent leaks
 * on older runtimes.
 */
export async function withDeadline<T>(
  parent: AbortSignal | undefined,
  ms: number,
  work: (signal: AbortSignal, restart: () => void) => Promise<T>,
): Promise<T> {
  parent?.throwIfAborted();
  const controller = new AbortController();
  const follow = () => controller.abort(parent?.reason);
  parent?.addEventListener("abort", follow, { once: true });
  const late = () => controller.abort(new DOMException("out of time", "TimeoutError"));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const restart = () => {
    clearTimeout(timer);
    if (!isOver) timer = startTimer(late, ms);
  };
  restart();
  try {
    return await Promise.race([abortOf(controller.signal), work(controller.signal, restart)]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    parent?.removeEventListener("abort", follow);
  }
}

const longestMs = 2 ** 31 - 1;

/** `setTimeout`, which takes more than 24 days, and for ever, as one millisecond. */
export function startTimer(callback: () => void, ms: number): ReturnType<typeof setTimeout> {
  return setTimeout(callback, Math.min(ms, longestMs));
}

/** Waits; rejects with the signal's reason when it aborts first. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = startTimer(resolve, ms);
  });
  if (!signal) return over;
  const controller = new AbortController();
  try {
    await Promise.race([abortOf(signal, controller.signal), over]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** Whether an abort came from {@link withDeadline}'s clock. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function abortOf(signal: AbortSignal, forget?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, {
      once: true,
      ...(forget ? { signal: forget } : {}),
    });
  });
}
