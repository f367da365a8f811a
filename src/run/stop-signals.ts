/** Where signals come from; the process itself. */
interface Signals {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * Whoever stops a process group, as a terminal and systemd do, reaches us and those that started us, who pass it on;
 * when one of them is gone, that is passed on too.
 */
const repeatsWithinMs = 2_000;

/**
 * Aborted with the name of the first signal, which drains. What comes shortly after it is the same wish once more;
 * a later one is another, and ends the process at once.
 */
export function watchSignals(
  end: () => void = () => process.exit(130),
  signals: Signals = process,
): AbortController {
  const stopping = new AbortController();
  let firstAt: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    signals.on(signal, () => {
      firstAt ??= performance.now();
      if (!stopping.signal.aborted) stopping.abort(signal);
      else if (performance.now() - firstAt > repeatsWithinMs) end();
    });
  }
  return stopping;
}
