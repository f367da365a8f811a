import { pause } from "../deadline.ts";
import type { TakeoutSdkError } from "../errors.ts";

/** How often and how long a call is repeated. */
export interface RetryOptions {
  /** The first pause is random between 0 and this many milliseconds, doubled each time. Default 1000. */
  firstMs?: number;
  /** The longest pause in milliseconds, `Retry-After` included. Default 300000 (5 minutes). */
  maxMs?: number;
  /** No further attempt starts after this many milliseconds. Default 86400000 (24 hours). */
  giveUpAfterMs?: number;
}

/** What one attempt came to. */
export type Attempt =
  | { kind: "done" }
  | { kind: "failed"; error: TakeoutSdkError; retryAfterMs: number };

const defaults = { firstMs: 1_000, maxMs: 5 * 60_000, giveUpAfterMs: 24 * 60 * 60_000 };

/**
 * Repeats with full-jitter backoff until done, refused for good, or out of time.
 * @throws the last attempt's error; the signal's reason when it aborts.
 */
export async function retryUntilDone(
  attempt: () => Promise<Attempt>,
  options: RetryOptions | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const policy = { ...defaults, ...options };
  const startedAt = performance.now();
  for (let failures = 0; ; failures++) {
    const result = await attempt();
    if (result.kind === "done") return;
    const waitMs = pauseBefore(failures, result.retryAfterMs, policy);
    const isLate = performance.now() + waitMs - startedAt > policy.giveUpAfterMs;
    if (!result.error.retryable || isLate) throw result.error;
    await pause(waitMs, signal);
  }
}

function pauseBefore(failures: number, retryAfterMs: number, policy: typeof defaults): number {
  const ceilingMs = Math.min(policy.maxMs, policy.firstMs * 2 ** failures);
  return Math.max(Math.random() * ceilingMs, Math.min(retryAfterMs, policy.maxMs));
}
