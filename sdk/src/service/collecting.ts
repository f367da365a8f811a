import { withDeadline } from "../deadline.ts";
import type { AskedExport } from "../work/record.ts";
import { type Collected, collect, type ExportSubject } from "./export-collect.ts";
import type { ExportItem } from "./export-item.ts";
import type { Log } from "./log.ts";

/** Data that handlers are being asked for, by export: two calls of one do not ask twice. */
export interface Collecting {
  /** For a call: begins, or joins what is begun. */
  hold(asked: AskedExport): {
    /** What they came to; undefined when that takes longer, or is broken off. */
    within(ms: number): Promise<Collected | undefined>;
    /** @param isTakenOver - whether it goes on although nobody holds it, until it is taken. */
    release(isTakenOver: boolean): void;
  };
  /**
   * For the work behind the answer: goes on with what the call has begun in this process. What the
   * handlers were given lasts as long as the use of what they gave, and calls that come meanwhile join it.
   */
  take<T>(
    asked: AskedExport,
    signal: AbortSignal,
    use: (collected: Collected) => Promise<T>,
  ): Promise<T>;
  /** The work has come to an end: what was kept for it goes. */
  forget(jobId: string): void;
}

interface Begun {
  collected: Promise<Collected>;
  stop: AbortController;
  /** How many calls, and whether the work behind them, wait for it: the last one ends it. */
  holders: number;
  isTakenOver: boolean;
}

// Each may hold what a handler gave; those beyond ask their handlers again.
const mostBegun = 100;
const longestMs = 7 * 24 * 60 * 60_000;

export function createCollecting(context: {
  itemsOf(asked: AskedExport): readonly ExportItem[];
  stop: AbortSignal;
  log: Log;
}): Collecting {
  const { itemsOf, log } = context;
  const begun = new Map<string, Begun>();

  function join(asked: AskedExport): Begun {
    const entry = begun.get(asked.jobId) ?? begin(asked);
    entry.holders++;
    return entry;
  }

  function begin(asked: AskedExport): Begun {
    const stop = new AbortController();
    const { signal } = stop;
    const end = () => stop.abort(context.stop.reason);
    context.stop.addEventListener("abort", end, { once: true, signal });
    const collected = collect(itemsOf(asked), subjectOf(asked), { signal, log });
    collected.catch(() => {});
    const entry = { collected, stop, holders: 0, isTakenOver: false };
    for (const [jobId, { holders }] of begun) {
      if (begun.size >= mostBegun && holders === 0) drop(jobId);
    }
    begun.set(asked.jobId, entry);
    return entry;
  }

  function release(jobId: string, entry: Begun): void {
    entry.holders--;
    if (entry.holders === 0 && !entry.isTakenOver) drop(jobId);
  }

  function drop(jobId: string): void {
    begun.get(jobId)?.stop.abort(new Error("nobody waits for it any more"));
    begun.delete(jobId);
  }

  function hold(asked: AskedExport): ReturnType<Collecting["hold"]> {
    const entry = join(asked);
    return {
      within: (ms) => withDeadline(context.stop, ms, () => entry.collected).catch(() => undefined),
      release(isTakenOver) {
        entry.isTakenOver ||= isTakenOver;
        release(asked.jobId, entry);
      },
    };
  }

  const take: Collecting["take"] = async (asked, signal, use) => {
    const entry = join(asked);
    entry.isTakenOver = false;
    try {
      return await use(await withDeadline(signal, longestMs, () => entry.collected));
    } finally {
      release(asked.jobId, entry);
    }
  };

  function forget(jobId: string): void {
    const entry = begun.get(jobId);
    if (!entry) return;
    entry.isTakenOver = false;
    if (entry.holders === 0) drop(jobId);
  }

  return { hold, take, forget };
}

/** What the handlers are told of an export that was kept. */
function subjectOf({ user, jobId, requestId, deadline }: AskedExport): ExportSubject {
  return { user, jobId, requestId, deadline: new Date(deadline) };
}
