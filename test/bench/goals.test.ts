import { expect, test } from "vitest";
import { judge } from "./goals.ts";
import type { Machine } from "./machine.ts";
import type { Measured, Sample } from "./operation.ts";
import { readWish } from "./options.ts";
import { missesIn, type Results, wrongsIn } from "./report/results.ts";
import { goalsTable, trialTable } from "./report/tables.ts";

const sample = (perSecond: number, p99Ms: number | null = 10): Sample => {
  return { perSecond, done: perSecond, p99Ms, wrong: [] };
};

/** Reports, of which the floor is 1.7 times the peer, and once pgbench; the aim 2.5 and 1.3. */
function reports(hub: readonly number[], peer: readonly number[], pgbench?: readonly number[]) {
  const run = (name: string, rates: readonly number[]) => {
    return { name, samples: rates.map((rate) => sample(rate)) };
  };
  const runs = [run("hub", hub), run("peer", peer), ...(pgbench ? [run("pgbench", pgbench)] : [])];
  return {
    name: "report",
    title: "set_data_status",
    unit: "1/s",
    turns: 1,
    seconds: 1,
    runs,
  } satisfies Measured;
}

const verdicts = (measured: Measured) => judge(measured).map(({ verdict }) => verdict);

test("a floor is met at exactly its ratio, and missed below it", () => {
  expect(verdicts(reports([170], [100], [170]))).toEqual(["floor met", "floor met"]);
  expect(verdicts(reports([169], [100], [169]))).toEqual(["FLOOR MISSED", "floor met"]);
});

test("an aim is reached by the median of the rounds, not by the best of them", () => {
  expect(verdicts(reports([250, 250, 100], [100, 100, 100]))).toEqual(["aim reached"]);
  expect(verdicts(reports([900, 200, 200], [100, 100, 100]))).toEqual(["floor met"]);
});

test("who is not there is not compared with", () => {
  expect(judge(reports([200], [100])).map(({ goal }) => goal.versus)).toEqual(["peer"]);
});

test("a p99 has to be less than the floor says, and none is no zero", () => {
  const accept = (ours: number | null): Measured => ({
    ...{ name: "accept", title: "", unit: "1/s", turns: 1, seconds: 1 },
    runs: [
      { name: "hub", samples: [sample(300, ours)] },
      { name: "peer", samples: [sample(100, 100)] },
    ],
  });
  const p99 = (ours: number | null) =>
    judge(accept(ours))
      .filter(({ goal }) => goal.figure === "p99Ms")
      .map(({ verdict }) => verdict);
  expect([p99(50), p99(51), p99(null)]).toEqual([["floor met"], ["FLOOR MISSED"], []]);
});

const results = (measured: Measured): Results => ({
  ...{
    machine: {} as Machine,
    parts: 1,
    rounds: 1,
    turns: 1,
    seconds: 1,
    load: "wrk",
    hasPgbench: true,
  },
  measured: [measured],
  tried: [{ name: "resume", title: "resume", figures: [], wrong: [] }],
});

test("every missed floor of a run is named, of ratios and of single figures", () => {
  const figures = [{ name: "p99", unit: "s", value: 11, of: 20, atMost: 10 }];
  const run = {
    ...results(reports([100], [100])),
    tried: [{ name: "", title: "resume", figures, wrong: [] }],
  };
  expect(missesIn(run)).toEqual([
    "report: 1.00 of peer, at least 1.7",
    "resume, p99: 11.0 s, at most 10",
  ]);
});

test("a figure that must be at least so much is missed below it, and its aim lies above", () => {
  const ratio = { name: "hub / zip", unit: "×", of: 3, atLeast: 0.85, aim: 1.2 };
  const shown = (value: number) => {
    const tried = { name: "", title: "archives", figures: [{ ...ratio, value }], wrong: [] };
    const misses = missesIn({ ...results(reports([200], [100])), tried: [tried] });
    return [trialTable(tried)[2]?.split(" | ").at(-1), misses.length];
  };
  expect(shown(0.84)).toEqual(["**FLOOR MISSED** |", 1]);
  expect(shown(0.85)).toEqual(["floor met |", 0]);
  expect(shown(1.2)).toEqual(["aim reached |", 0]);
});

test("a figure that could not be measured is a missed floor", () => {
  const figures = [{ name: "p99", unit: "s", value: Number.NaN, of: 0, atMost: 10 }];
  const run = {
    ...results(reports([200], [100])),
    tried: [{ name: "", title: "resume", figures, wrong: [] }],
  };
  expect(missesIn(run)).toHaveLength(1);
});

test("what a trial found wrong makes the run void too", () => {
  const run = results(reports([200], [100]));
  expect(wrongsIn(run)).toEqual([]);
  const tried = [{ name: "resume", title: "", figures: [], wrong: ["a part was lost"] }];
  expect(wrongsIn({ ...run, tried })).toEqual(["resume: a part was lost"]);
});

test("the table shows figure, ratio with its spread, floor, aim and verdict of each goal", () => {
  const [, , line] = goalsTable([reports([200, 300, 400], [100, 100, 100])]);
  expect(line).toBe(
    "| set_data_status, 1/s | 300 (200 to 400) | peer | 100 (100 to 100) | ×3.00 (2.00 to 4.00) | ≥ 1.7 | ≥ 2.5 | aim reached |",
  );
});

test("only a run of everything at full length, of this tree, is for the report", () => {
  const isWhole = (...args: string[]) => {
    const wish = readWish(args, "/root", ["accept"]);
    return wish.kind === "measure" && wish.options.isWhole;
  };
  expect(isWhole()).toBe(true);
  expect(isWhole("--rounds", "9")).toBe(true);
  expect(isWhole("--only", "accept")).toBe(false);
  expect(isWhole("--quick")).toBe(false);
  expect(isWhole("--root", "/elsewhere")).toBe(false);
  expect(isWhole("--gib", "1,10")).toBe(false);
  expect(isWhole("--driver", "s3")).toBe(false);
});

test("a number of rounds or turns that is none, or has no end, is refused", () => {
  for (const number of ["0", "1.5", "many", "1000000"]) {
    for (const of of ["--rounds", "--turns"]) {
      expect(readWish([of, number], "/root", [])).toMatchObject({ kind: "fault" });
    }
  }
});

test("a size of exports that is none, or more than there is room for, is refused", () => {
  for (const gib of ["0", "-1", "many", "1,,2", "1000"]) {
    expect(readWish([`--gib=${gib}`], "/root", [])).toMatchObject({ kind: "fault" });
  }
  const inMemory = ["--driver", "s3", "--gib", "1"];
  expect(readWish(inMemory, "/root", [])).toMatchObject({ kind: "fault" });
});
