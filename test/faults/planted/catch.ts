import type { Finding } from "../../support/history.ts";
import { type Played, type PlayOptions, play } from "../play.ts";
import type { Bug } from "./bugs.ts";
import { plantBugs } from "./tree.ts";

/** Whether the suite saw a planted bug. */
export interface Caught {
  readonly bug: Bug;
  readonly played: Played;
  readonly broken: readonly Finding[];
  /** Every invariant that the bug must break was found broken. */
  readonly isCaught: boolean;
}

/** Plays a bug's scenario against a copy of the source that has the bug. */
export async function catchBug(bug: Bug, options: Omit<PlayOptions, "root">): Promise<Caught> {
  await using tree = await plantBugs(bug.edits);
  const played = await play(bug.scenario, { ...options, root: tree.root });
  const broken = played.findings.filter(({ violations }) => violations.length > 0);
  const names = new Set<string>(broken.map(({ name }) => name));
  return { bug, played, broken, isCaught: bug.breaks.every((name) => names.has(name)) };
}
