/** Many figures as one, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there is nothing to sum up. */
export function spreadOf(figures: readonly number[]): Spread {
  if (figures.length === 0) throw new RangeError("no figures");
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return { median: (low + high) / 2, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/** Nearest rank: the least figure that is at least as great as this share of all. */
export function percentile(figures: readonly number[], share: number): number {
  if (figures.length === 0) throw new RangeError("no figures");
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/**
 * How many times as much, round by round: what disturbs a round disturbs both, so their ratio moves less than
 * either. Rounds that one of them lacks are left out.
 */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Spread {
  const both = Math.min(ours.length, theirs.length);
  return spreadOf(Array.from({ length: both }, (_, at) => (ours[at] ?? 0) / (theirs[at] ?? 0)));
}
