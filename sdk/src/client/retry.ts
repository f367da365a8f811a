import { checkInteger } from "../arguments.ts";
import type { Clock } from "../clock.ts";
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

/** How repeats are spread over time, every option given. */
export type RetryPolicy = Required<RetryOptions>;

/** @throws TypeError when a time is no whole number. */
export function retryPolicyOf(options: RetryOptions | undefined): RetryPolicy {
  const policy = { ...defaults, ...options };
  for (const [name, ms] of Object.entries(policy)) checkInteger(ms, 0, `retry.${name}`);
  return policy;
}

/** What is repeated, how, and until when. */
export interface Repeats {
  attempt: () => Promise<Attempt>;
  policy: RetryPolicy;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * Repeats with full-jitter backoff until done, refused for good, or out of time.
 * @throws the last attempt's error; the signal's reason when it aborts.
 */
export async function retryUntilDone({ attempt, policy, clock, signal }: Repeats): Promise<void> {
  const startedAt = clock.now();
  for (let failures = 0; ; failures++) {
    const result = await attempt();
    if (result.kind === "done") return;
    const waitMs = pauseBefore({ failures, sinceMs: clock.now() - startedAt }, result, policy);
    if (waitMs === undefined) throw result.error;
    await clock.wait(waitMs, signal);
  }
}

/** How long to wait after a failure: undefined where a repeat is of no use, or would come too late. */
export function pauseBefore(
  soFar: { failures: number; sinceMs: number },
  { error, retryAfterMs }: Extract<Attempt, { kind: "failed" }>,
  policy: RetryPolicy,
): number | undefined {
  if (!error.retryable) return undefined;
  const ceilingMs = Math.min(policy.maxMs, policy.firstMs * 2 ** soFar.failures);
  const waitMs = Math.max(Math.random() * ceilingMs, Math.min(retryAfterMs, policy.maxMs));
  return soFar.sinceMs + waitMs > policy.giveUpAfterMs ? undefined : waitMs;
}
