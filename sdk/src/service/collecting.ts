import { withDeadline } from "../deadline.ts";
import type { AskedExport } from "../work/record.ts";
import {
  type Collected,
  type CollectedFile,
  collect,
  type ExportSubject,
} from "./export-collect.ts";
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
  /** How much of the memory it takes, once that is known. */
  bytes: number;
}

// What waits for its turn holds what handlers gave. Beyond these it is let go, and asked for again when its turn comes.
const mostWaiting = 100;
const mostWaitingBytes = 64 * 1024 * 1024;
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
    const entry = { collected, stop, holders: 0, isTakenOver: false, bytes: 0 };
    begun.set(asked.jobId, entry);
    const weigh = (given: Collected) => {
      entry.bytes = sizeOf(given);
      shed();
    };
    collected.then(weigh, () => {});
    return entry;
  }

  /** The first come is taken first: whatever has no room goes from the end. */
  function shed(): void {
    let waiting = 0;
    let bytes = 0;
    for (const [jobId, entry] of begun) {
      if (entry.holders > 0) continue;
      const hasRoom = waiting < mostWaiting && bytes + entry.bytes <= mostWaitingBytes;
      // One has its place, however large it is: it would be as large when it is asked for again.
      if (waiting > 0 && !hasRoom) {
        drop(jobId);
        continue;
      }
      waiting++;
      bytes += entry.bytes;
    }
  }

  function release(jobId: string, entry: Begun): void {
    entry.holders--;
    if (entry.holders > 0) return;
    if (entry.isTakenOver) shed();
    else drop(jobId);
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

/** About how many bytes it keeps in the memory: nothing of what is read when it is sent. */
function sizeOf(collected: Collected): number {
  if (collected.kind !== "files") return 0;
  return collected.files.reduce((sum, file) => sum + lengthOf(file), 0);
}

function lengthOf(file: CollectedFile): number {
  if (file.kind === "json") return file.text.length;
  const { content } = file;
  if (typeof content === "function") return 0;
  if (typeof content === "string") return content.length;
  return content instanceof Blob ? content.size : content.byteLength;
}
