import type { Ground } from "../ground.ts";
import { load } from "../load/load.ts";
import type { RawRequest } from "../load/requests.ts";
import { connections, type Loaded } from "../load/wrk.ts";
import { type Contender, type Sample, unwatched } from "../operation.ts";

/** Requests made for one run, and how to see afterwards that the answers were true. */
export interface Prepared {
  readonly requests: readonly RawRequest[];
  /** @returns what is wrong, in words. */
  check?(loaded: Loaded): Promise<readonly string[]>;
}

export interface ClosedLoop {
  readonly ground: Ground;
  readonly name: string;
  readonly url: string;
  /** How many answers a second are reckoned with at first; too few, and requests run out. */
  readonly guess: number;
  /** Whether requests may be sent again. */
  readonly mayRepeat?: boolean;
  prepare(count: number): Promise<Prepared>;
}

const spare = 1.8;

/** A contender that is loaded by 32 callers, each of which asks again when it is answered. */
export function closedLoop(options: ClosedLoop): Contender {
  const { ground, name, url } = options;
  let best = options.guess;
  return {
    name,
    async measure(seconds, watch = unwatched) {
      const count = Math.ceil(best * seconds * spare);
      const prepared = await options.prepare(count);
      const loaded = await load({ ...prepared, url, folder: ground.folder, seconds, watch });
      best = Math.max(best, loaded.perSecond);
      const hasRunOut = !options.mayRepeat && loaded.used > prepared.requests.length;
      return sampleOf(loaded, [
        ...(loaded.wrong > 0 ? [`${loaded.wrong} of ${loaded.answers} answers`] : []),
        ...(hasRunOut ? [`${prepared.requests.length} requests were too few`] : []),
        ...((await prepared.check?.(loaded)) ?? []),
      ]);
    },
  };
}

function sampleOf(loaded: Loaded, wrong: readonly string[]): Sample {
  const { perSecond, p99Ms, answers } = loaded;
  return { perSecond, done: answers, p99Ms, wrong };
}

/**
 * Rows are as many as answers, but for those whose answer was still on its way at the end.
 *
 * @param each - rows that one request makes.
 */
export function compareRows(what: string, rows: number, loaded: Loaded, each = 1): string[] {
  const isRight = rows >= loaded.answers * each && rows <= (loaded.answers + connections) * each;
  return isRight ? [] : [`${rows} ${what} after ${loaded.answers} answers`];
}
