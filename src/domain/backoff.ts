/**
 * Full-jitter backoff: anywhere between nothing and a ceiling that doubles with each failure.
 *
 * @param failures - recorded failures so far, at least 1.
 * @param random - in [0, 1), so that the rule itself stays pure.
 * @param retryAfterMs - what the service asked for; honoured up to `maxMs` (contract 7).
 * @returns milliseconds, whole.
 */
export function backoffMs(
  failures: number,
  backoff: { readonly firstMs: number; readonly maxMs: number },
  random: number,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(Math.max(random * ceiling, Math.min(retryAfterMs, backoff.maxMs)));
}
