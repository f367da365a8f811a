import type { Kit } from "./kit.ts";

/**
 * When a check is made. `door` first; `background` beside the `deletion` checks, because it mostly
 * waits; `restart` when nothing else is under way; `end` looks back at the whole run.
 */
export type Phase = "door" | "deletion" | "background" | "restart" | "end";

/** What has to be given from outside for a check. */
export type Hook = "seed" | "restart" | "serviceKeys";

/** One duty of a connected service, and how it is tried. */
export interface Check {
  /** Stable: scripts name it in `--skip`. */
  name: string;
  /** The duty in one line. */
  duty: string;
  /** Where the contract states it. */
  source: string;
  phase: Phase;
  hooks?: readonly Hook[];
  /** Checks without which the result would say nothing; when one of them fails, this one is not judged. */
  needs?: readonly string[];
  /**
   * Resolves when the duty is kept. Every wait in it is bounded.
   * @throws DutyBroken, NotApplicable, CouldNotRun.
   */
  run(kit: Kit): Promise<void>;
}
