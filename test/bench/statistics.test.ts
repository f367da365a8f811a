import { describe, expect, test } from "vitest";
import { type Measured, type Sample, wrongsOf } from "./operation.ts";
import { percentile, ratioOf, spreadOf } from "./statistics.ts";

describe("the figures of a benchmark", () => {
  test("the median of an odd number of rounds is the one in the middle, whatever their order", () => {
    expect(spreadOf([5, 1, 100])).toEqual({ median: 5, min: 1, max: 100 });
  });

  test("the median of an even number of rounds lies between the two in the middle", () => {
    expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  test("a median of numbers is not one of their texts", () => {
    expect(spreadOf([9, 10, 100]).median).toBe(10);
  });

  test("no rounds have no median", () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test("a ratio is taken round by round, so that a slow round of both does not move it", () => {
    expect(ratioOf([200, 20, 300], [100, 10, 100])).toEqual({ median: 2, min: 2, max: 3 });
  });

  test("p99 of a hundred is the second greatest, of a few the greatest", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([3, 1, 2], 0.99)).toBe(3);
  });
});

describe("a run with a wrong answer", () => {
  const good: Sample = { perSecond: 10, done: 10, p99Ms: 1, wrong: [] };
  const measured = (samples: Sample[]): Measured => ({
    ...{ name: "accept", title: "", unit: "1/s", turns: 1, seconds: 1 },
    runs: [
      { name: "hub", samples: [good, good] },
      { name: "peer", samples },
    ],
  });

  test("is void for one wrong answer of any contender in any round", () => {
    expect(wrongsOf(measured([good, { ...good, wrong: ["3 of 70 answers"] }]))).toEqual([
      "accept, peer: 3 of 70 answers",
    ]);
  });

  test("is good without any", () => {
    expect(wrongsOf(measured([good]))).toEqual([]);
  });
});
