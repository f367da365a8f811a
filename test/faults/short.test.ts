import { env } from "node:process";
import { expect, test } from "vitest";
import { describeFinding } from "../support/history.ts";
import { bugs } from "./planted/bugs.ts";
import { catchBug } from "./planted/catch.ts";
import { play } from "./play.ts";
import { short } from "./short.ts";

/** Any number; `FAULTS_SEED` repeats a run's chances. */
const seed = Number(env.FAULTS_SEED ?? Date.now() % 1_000_000_000);

test(`kills, hanging and database restarts lose, repeat and overreach nothing (seed ${seed})`, async () => {
  const played = await play(short, { seed });
  const broken = played.findings.filter(({ violations }) => violations.length > 0);
  expect(broken.map(describeFinding)).toEqual([]);
  expect(played.figures.filter(({ isMet }) => !isMet)).toEqual([]);
});

test.each(bugs)("the suite sees it when $name", async (bug) => {
  const { broken } = await catchBug(bug, { seed });
  expect(broken.map(({ name }) => name)).toEqual(expect.arrayContaining([...bug.breaks]));
});
