/**
 * A breaker stands before each service. Closed, it lets calls through; a run of failures opens it, and then
 * nothing is called but one probe at a time, until one succeeds. Then it closes, and room comes back step by
 * step, so that a service that has just come up is not run over by its own backlog.
 *
 * Instants are milliseconds of one clock, whichever the caller keeps to.
 */
export type Breaker =
  | {
      readonly state: "closed";
      /** Since when; room grows from there. */
      readonly since: number;
      /** Failures in a row, nothing else in between. */
      readonly failures: number;
      /** What they befell: deletions, by id; not more of them than count. */
      readonly hit: readonly string[];
    }
  | {
      readonly state: "open";
      readonly since: number;
      /** No probe before it; while one is under way, when it is given up. */
      readonly probeAt: number;
    };

/** So many failures in a row open it … */
export const failuresToOpen = 10;
/**
 * … if they befell so many deletions: one deletion that fails again and again is its own affair, and ends
 * when its attempts are used up.
 */
export const deletionsToOpen = 5;

/** How soon after an opening the first probe may be made, in ms. */
export const firstProbeMs = 1_000;
const probeEveryMs = 5_000;
const probePauseMs = 1_000;
/** How much longer than its call may take a probe is waited for, should its process die. */
const probeMarginMs = 5_000;
const rampStepMs = 500;

export const untouched: Breaker = {
  state: "closed",
  since: Number.NEGATIVE_INFINITY,
  failures: 0,
  hit: [],
};

/** An ordinary call was answered. What was on its way when the breaker opened proves nothing: probes do. */
export function afterSuccess(breaker: Breaker): Breaker {
  return breaker.state === "closed" ? { ...breaker, failures: 0, hit: [] } : breaker;
}

/**
 * An ordinary call failed: no answer, or one that asks for a repeat.
 *
 * @param deletionId - whom it befell.
 */
export function afterFailure(breaker: Breaker, deletionId: string, now: number): Breaker {
  if (breaker.state === "open") return breaker;
  const failures = breaker.failures + 1;
  const hit = [...new Set([...breaker.hit, deletionId])].slice(0, deletionsToOpen);
  if (failures < failuresToOpen || hit.length < deletionsToOpen) {
    return { ...breaker, failures, hit };
  }
  return { state: "open", since: now, probeAt: now + firstProbeMs };
}

/** Whether a probe may be made now. */
export function mayProbe(breaker: Breaker, now: number): boolean {
  return breaker.state === "open" && breaker.probeAt <= now;
}

/** How long a probe that begins now keeps others away, in ms. @param timeoutMs - of its call. */
export function probeLeaseMs(timeoutMs: number): number {
  return timeoutMs + probeMarginMs;
}

/**
 * How long after a failed probe the next one may be made, in ms: about every five seconds, and soon after
 * one that took long, so that a service is called again within seconds of its return.
 */
export function probePause(tookMs: number): number {
  return Math.max(probePauseMs, probeEveryMs - tookMs);
}

/**
 * How many calls the breaker lets be under way at once: none while it is open, all that the service may have
 * when it has been closed for a while, and after an opening doubled every half second.
 */
export function roomOf(breaker: Breaker, concurrency: number, now: number): number {
  if (breaker.state === "open") return 0;
  const steps = Math.floor(Math.max(0, now - breaker.since) / rampStepMs);
  return Math.min(concurrency, 2 ** Math.min(steps, 30));
}
