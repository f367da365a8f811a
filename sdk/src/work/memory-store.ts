import { type Clock, systemClock } from "../clock.ts";
import { startTimer } from "../deadline.ts";
import { ownerOf } from "./owner.ts";
import { type Place, placeOf } from "./place.ts";
import type { WorkBody, WorkChange, WorkStore } from "./store.ts";

/** What a store in memory is made of. */
export interface MemoryStoreOptions {
  /** How many deletions run at once, and as many exports beside them. Default 4. */
  concurrency?: number;
  /**
   * Whether a runner that is stopped goes on, as long as it may, until nothing is left to be done: for
   * work that ends with the process. Default `false`.
   */
  drains?: boolean;
  /** Replaces the system's clock. */
  clock?: Clock;
}

interface Entry extends Omit<WorkChange, "wakeInMs"> {
  /** Undefined: never. */
  wakeAt: number | undefined;
}

const againAfterMs = 1_000;
const mostReports = 32;
const mostRemembered = 10_000;
const mostOpen = 10_000;

/**
 * Work that lives as long as the store: give the same one to a second service, and it goes on where
 * the first was stopped. For tests, and to see by what a store of your own is measured.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): WorkStore {
  const { clock = systemClock, concurrency = 4, drains = false } = options;
  const limits = { run: concurrency, export: concurrency, report: mostReports };
  const entries = new Map<string, Entry>();
  const running = new Map<string, Place>();
  const wakers = new Set<() => void>();

  async function change(
    keys: readonly string[],
    make: (key: string, before: WorkBody | undefined) => WorkChange | undefined,
  ): Promise<void> {
    for (const key of keys) {
      const last = entries.get(key);
      // A copy, as from any store: who changes what it was given must not change what is kept.
      const next = make(key, last && structuredClone(last.body));
      if (next && !last) checkRoom();
      if (next) entries.set(key, entryOf(next, last, clock.now()));
    }
    forgetOldest();
    for (const wake of wakers) wake();
  }

  function checkRoom(): void {
    if (entries.size < mostOpen) return;
    const open = [...entries.values()].filter(({ wakeAt }) => wakeAt !== undefined);
    if (open.length >= mostOpen)
      throw new Error("too much work is open: there is no room for more");
  }

  function forgetOldest(): void {
    if (entries.size <= mostRemembered) return;
    for (const [key, { wakeAt }] of entries) {
      if (wakeAt !== undefined || running.has(key)) continue;
      entries.delete(key);
      return;
    }
  }

  function nextDue(owner: string | undefined, now: number): string | undefined {
    for (const [key, { wakeAt, lane }] of entries) {
      if (wakeAt === undefined || wakeAt > now || running.has(key)) continue;
      if (![undefined, owner].includes(ownerOf(key))) continue;
      const place = placeOf(key, lane);
      const inPlace = [...running.values()].filter((other) => other === place).length;
      if (inPlace < limits[place]) return key;
    }
    return undefined;
  }

  function nextWakeAt(now: number): number | undefined {
    const later = [...entries.values()].flatMap(({ wakeAt }) =>
      wakeAt !== undefined && wakeAt > now ? wakeAt : [],
    );
    return later.length ? Math.min(...later) : undefined;
  }

  function isIdle(): boolean {
    return running.size === 0 && [...entries.values()].every(({ wakeAt }) => wakeAt === undefined);
  }

  const start: WorkStore["start"] = async (perform, onError, owner) => {
    const stopping = new AbortController();
    const enough = new AbortController();
    const performing = new Set<Promise<void>>();
    let sleep = new AbortController();
    let whenIdle = () => {};

    function pump(): void {
      if (stopping.signal.aborted) return;
      // One moment for both: what fell due between them would be neither begun nor waited for.
      const now = clock.now();
      for (let key = nextDue(owner, now); key !== undefined; key = nextDue(owner, now)) {
        const settled = performOne(key).finally(() => performing.delete(settled));
        performing.add(settled);
      }
      sleepUntil(nextWakeAt(now));
      if (isIdle()) whenIdle();
    }

    function sleepUntil(at: number | undefined): void {
      sleep.abort();
      sleep = new AbortController();
      if (at === undefined) return;
      clock.wait(Math.max(at - clock.now(), 0), sleep.signal).then(pump, () => {});
    }

    async function performOne(key: string): Promise<void> {
      const before = entries.get(key) as Entry;
      running.set(key, placeOf(key, before.lane));
      const { wakeAt } = before;
      try {
        await perform(key, enough.signal);
      } catch (error) {
        if (!enough.signal.aborted) onError(error);
      }
      running.delete(key);
      const after = entries.get(key) as Entry;
      if (after.wakeAt === wakeAt && !enough.signal.aborted)
        after.wakeAt = clock.now() + againAfterMs;
      pump();
    }

    function drain(): Promise<void> {
      return new Promise((over) => {
        whenIdle = over;
        enough.signal.addEventListener("abort", () => over(), { once: true });
        pump();
      });
    }

    async function stop(withinMs: number): Promise<void> {
      const timer = startTimer(() => enough.abort(new Error("the service is closing")), withinMs);
      if (drains) await drain();
      stopping.abort();
      sleep.abort();
      wakers.delete(pump);
      await Promise.all(performing);
      clearTimeout(timer);
      for (const wake of wakers) wake();
    }

    wakers.add(pump);
    pump();
    return { stop };
  };

  return {
    change,
    async isOpen(users) {
      const asked = new Set(users);
      return [...entries.values()].some((entry) => entry.users.some((user) => asked.has(user)));
    },
    start,
  };
}

function entryOf(next: WorkChange, last: Entry | undefined, now: number): Entry {
  const { body, users, lane, wakeInMs } = next;
  const wakeAt =
    wakeInMs === undefined ? last?.wakeAt : wakeInMs === null ? undefined : now + wakeInMs;
  // Through JSON: whatever another store could not keep is lost here too.
  return { body: JSON.parse(JSON.stringify(body)) as WorkBody, users: [...users], lane, wakeAt };
}
