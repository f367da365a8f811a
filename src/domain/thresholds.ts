/** What an open part may reach, each once: an age (contract 12, `stuck`), or the forecast that it will be too late. */
export const stuckThresholds = ["warn", "alarm", "forecast", "deadline"] as const;
export type StuckThreshold = (typeof stuckThresholds)[number];

/** Durations in ms. */
export interface StuckRules {
  readonly warnAfterMs: number;
  readonly alarmAfterMs: number;
  readonly deadlineMs: number;
}

/** How long before its deadline a part that will miss it is named, in ms: three days. */
export const forecastAheadMs = 72 * 60 * 60 * 1000;

/**
 * The ages, counted from acceptance, from which on a part concerns the stuck watch, in ms. `forecast` is the age
 * from which on the service's pace is looked at, and 0 where the deadline is nearer than that from the start.
 *
 * Source: contract 12, `stuck`.
 */
export function thresholdAges(rules: StuckRules): Readonly<Record<StuckThreshold, number>> {
  return {
    warn: rules.warnAfterMs,
    alarm: rules.alarmAfterMs,
    forecast: Math.max(0, rules.deadlineMs - forecastAheadMs),
    deadline: rules.deadlineMs,
  };
}
