import { expect, test } from "vitest";
import { readRetryAfter } from "../../src/domain/retry-after.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

test.each<[string, string | string[] | undefined, number]>([
  ["seconds", "120", 120_000],
  ["seconds with white space behind them", "120 \t", 120_000],
  ["more seconds than a number holds", "9".repeat(400), Number.POSITIVE_INFINITY],
  ["a date", "Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
  ["a date that is over", "Wed, 31 Dec 2025 23:00:00 GMT", 0],
  ["no header", undefined, 0],
  ["the header twice", ["1", "2"], 0],
  ["less than nothing", "-1", 0],
  ["words", "soon", 0],
])("%s", (_, header, expected) => {
  expect(readRetryAfter(header, now)).toBe(expected);
});
