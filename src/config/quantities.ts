import type { Rate } from "./types.ts";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof unitMs;

/** A hundred years: beyond it a date in PostgreSQL or JavaScript comes into danger, not a plan. */
const longestMs = 36_525 * unitMs.d;

/**
 * Reads a duration such as `500ms`, `3s`, `10m`, `24h` or `30d`.
 *
 * @returns milliseconds, or `undefined` where the value is no duration of at most a hundred years.
 * Source: contract, section 12.
 */
export function parseDuration(value: unknown): number | undefined {
  const [, digits, unit] =
    typeof value === "string" ? (/^(\d+)(ms|s|m|h|d)$/.exec(value) ?? []) : [];
  if (digits === undefined) return undefined;
  const milliseconds = Number(digits) * unitMs[unit as Unit];
  return milliseconds <= longestMs ? milliseconds : undefined;
}

/**
 * Reads a rate such as `2000/s`, `120/m` or `10/h`.
 *
 * @returns `undefined` where the value is no rate of at least one.
 * Source: contract, section 12.
 */
export function parseRate(value: unknown): Rate | undefined {
  const [, digits, unit] =
    typeof value === "string" ? (/^(\d{1,9})\/(s|m|h)$/.exec(value) ?? []) : [];
  const count = Number(digits ?? 0);
  return count >= 1 ? { count, perMs: unitMs[unit as Unit] } : undefined;
}
