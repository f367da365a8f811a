import { describe, expect, test } from "vitest";
import { sumUp, warmUp } from "./rounds.ts";

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

describe("several turns", () => {
  const turn = { p99Ms: 3, wrong: [], also: { wal: 7 } };

  test("count by the time that they took, not by how many they were", () => {
    const quick = { ...turn, perSecond: 100, done: 100 };
    const slow = { ...turn, perSecond: 50, done: 150 };
    expect(sumUp([quick, slow])).toMatchObject({ perSecond: 62.5, done: 250 });
  });

  test("have the figure in the middle of those that cannot be added", () => {
    const turns = [1, 9, 2].map((each) => ({
      ...{ perSecond: 1, done: 1, wrong: [] },
      ...{ p99Ms: each, also: { wal: each * 10 } },
    }));
    expect(sumUp(turns)).toMatchObject({ p99Ms: 2, also: { wal: 20 } });
    expect(sumUp([{ ...turn, perSecond: 1, done: 1, p99Ms: null }]).p99Ms).toBeNull();
  });

  test("are wrong where one of them is, and are nothing where nothing was done", () => {
    const good = { ...turn, perSecond: 1, done: 1 };
    expect(sumUp([good, { ...good, wrong: ["2 of 3 answers"] }]).wrong).toEqual(["2 of 3 answers"]);
    expect(sumUp([{ ...turn, perSecond: 0, done: 0 }])).toMatchObject({ perSecond: 0, done: 0 });
  });
});
