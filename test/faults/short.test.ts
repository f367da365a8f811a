import { env } from "node:process";
import { expect, test } from "vitest";
import { describeFinding } from "../support/history.ts";
import { bugs } from "./planted/bugs.ts";
import { plantBugs } from "./planted/tree.ts";
import { type Played, play } from "./play.ts";
import { short } from "./short.ts";

/** Any number; `FAULTS_SEED` repeats a run's chances. */
const seed = Number(env.FAULTS_SEED ?? Date.now() % 1_000_000_000);

test(`kills, hanging and database restarts lose, repeat and overreach nothing (seed ${seed})`, async () => {
  const played = await play(short, { seed });
  expect(broken(played).map(describeFinding)).toEqual([]);
  expect(played.figures.filter(({ isMet }) => !isMet)).toEqual([]);
}, 180_000);

test.each(bugs)(
  "the suite sees it when $name",
  async ({ edits, scenario, breaks }) => {
    await using tree = await plantBugs(edits);
    const played = await play(scenario, { seed, root: tree.root });
    expect(broken(played).map(({ name }) => name)).toEqual(expect.arrayContaining([...breaks]));
  },
  120_000,
);

function broken({ findings }: Played) {
  return findings.filter(({ violations }) => violations.length > 0);
}
