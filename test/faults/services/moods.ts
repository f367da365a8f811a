import type { Dice } from "../../support/random.ts";

/** How a service behaves from now on; the runner sets it. */
export const moods = ["well", "slow", "late", "silent", "flaky", "failing", "black_hole"] as const;
export type Mood = (typeof moods)[number];

/** What a service does with one delete call. */
export interface Deed {
  readonly kind: DeedKind;
  /** Before it does anything. */
  readonly afterMs: number;
}

const deeds = [
  "obey",
  "fail", // 500, nothing deleted
  "fail_late", // deleted and reported, and 500 all the same
  "hang_up", // deleted, and the connection is gone without an answer
  "report_first", // the report arrives before the answer
  "report_twice",
  "report_failure", // one retriable failure
  "forget", // deleted, and never reported: the hub has to ask
  "never", // no answer, for as long as the caller waits
] as const;
type DeedKind = (typeof deeds)[number];

/** Out of a hundred calls in a flaky service; the rest is obeyed. */
const flakyShare: Partial<Record<DeedKind, number>> = {
  fail: 6,
  fail_late: 2,
  hang_up: 2,
  report_first: 4,
  report_twice: 4,
  report_failure: 1,
  forget: 1,
  never: 0.2,
};

/** @param attempt - of the call. */
export function chooseDeed(mood: Mood, attempt: number, dice: Dice): Deed {
  switch (mood) {
    case "well":
      return { kind: "obey", afterMs: dice.below(20) };
    case "slow":
      return { kind: "obey", afterMs: 200 + dice.below(800) };
    case "late": // a repeated call takes so long that what is late of the first one falls into it
      return { kind: "obey", afterMs: attempt > 1 ? 6_000 + dice.below(4_000) : dice.below(1_500) };
    case "silent": // deletes, and leaves it to others to report
      return { kind: "forget", afterMs: dice.below(300) };
    case "failing":
      return { kind: "fail", afterMs: dice.below(20) };
    case "black_hole":
      return { kind: "never", afterMs: 0 };
    case "flaky":
      return { kind: chooseFlaky(dice), afterMs: dice.below(dice.chance(0.05) ? 1_500 : 150) };
  }
}

function chooseFlaky(dice: Dice): DeedKind {
  let lot = dice.next() * 100;
  for (const [kind, share] of Object.entries(flakyShare) as [DeedKind, number][]) {
    lot -= share;
    if (lot < 0) return kind;
  }
  return "obey";
}
