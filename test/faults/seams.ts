import { setTimeout as pause } from "node:timers/promises";
import type { FaultPlace } from "../../src/flows/context.ts";
import { createDice } from "../support/random.ts";

/** What befalls a drive each time that it comes by a seam: chances in [0, 1], drawn from the seed. */
export interface Seams {
  readonly seed: number;
  /** All five by default. */
  readonly places?: readonly FaultPlace[];
  readonly delay?: { readonly chance: number; readonly longestMs: number };
  /** Stops the whole event loop: timers, beats and answers of the process are late. */
  readonly block?: { readonly chance: number; readonly longestMs: number };
  /** The process kills itself with SIGKILL. */
  readonly kill?: number;
}

export function createFault(seams: Seams, workerId: string) {
  const dice = createDice(seams.seed ^ hash(workerId));
  return async (place: FaultPlace): Promise<void> => {
    if (seams.places && !seams.places.includes(place)) return;
    const { delay, block, kill = 0 } = seams;
    if (dice.chance(kill)) process.kill(process.pid, "SIGKILL");
    if (block && dice.chance(block.chance)) blockLoop(1 + dice.below(block.longestMs));
    if (delay && dice.chance(delay.chance)) await pause(1 + dice.below(delay.longestMs));
  };
}

function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
}
