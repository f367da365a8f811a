import { describe, expect, test } from "vitest";
import { warmUp } from "./rounds.ts";

const triesOf = async (rates: readonly number[]) => {
  const left = [...rates];
  return await warmUp(async () => ({ perSecond: left.shift() ?? 0 }));
};

describe("the warm-up of a contender", () => {
  test("ends with the first try that gains less than a twentieth", async () => {
    expect(await triesOf([100, 104, 200])).toEqual([100, 104]);
    expect(await triesOf([100, 110, 121, 125, 200])).toEqual([100, 110, 121, 125]);
  });

  test("ends where a try is slower than one before", async () => {
    expect(await triesOf([100, 150, 90, 200])).toEqual([100, 150, 90]);
  });

  test("is five tries at most", async () => {
    expect(await triesOf([1, 2, 4, 8, 16, 32])).toEqual([1, 2, 4, 8, 16]);
  });
});
