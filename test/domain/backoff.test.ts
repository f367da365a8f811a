import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../src/domain/backoff.ts";

const backoff = { firstMs: 1_000, maxMs: 600_000 };

test("a delay lies between nothing and a ceiling that doubles up to the configured maximum", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const delay = backoffMs(failures, backoff, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(600_000, 1_000 * 2 ** (failures - 1)));
      },
    ),
  );
});

test("the whole range is used: chance alone decides", () => {
  expect(backoffMs(3, backoff, 0)).toBe(0);
  expect(backoffMs(3, backoff, 0.5)).toBe(2_000);
});

test("a service's Retry-After is honoured, up to the configured maximum", () => {
  expect(backoffMs(1, backoff, 0, 30_000)).toBe(30_000);
  expect(backoffMs(1, backoff, 0, 99_000_000)).toBe(600_000);
});
