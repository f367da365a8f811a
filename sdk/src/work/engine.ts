import type { Attempt, RetryPolicy } from "../client/retry.ts";
import { pauseBefore } from "../client/retry.ts";
import type { Clock } from "../clock.ts";
import type { TakeoutSdkError } from "../errors.ts";
import { ownerOf, ownKey } from "./owner.ts";
import {
  advance,
  ask,
  begin,
  breakOff,
  finish,
  isDone,
  type Progress,
  postpone,
  settle,
  type Told,
  type WorkRecord,
} from "./record.ts";
import type { WorkBody, WorkChange, WorkRunner, WorkStore } from "./store.ts";

/** What every kind of work is asked with. */
export interface AskedWork {
  kind: string;
  attempt?: number;
  before?: string;
}

/** What a run is given beside what was asked. */
export interface Run {
  signal: AbortSignal;
  /** Where the run before this one was, if it was broken off. */
  resumed: Progress | undefined;
  /** Notes how far the work has come. Rejects when the work is to stop. */
  advance(progress: Progress): Promise<void>;
}

/** What the engine does for a kind of work. */
export interface WorkKind<A extends AskedWork> {
  keyOf(asked: A): string;
  /** Under which names `isOpen` finds it. */
  usersOf(asked: A): readonly string[];
  /** Does it. Undefined: nothing is to be reported. Rejects only with the signal's reason. */
  run(asked: A, run: Run): Promise<Told | undefined>;
  /** What is told of work that process after process died of. */
  lost(asked: A): Told;
  report(asked: A, told: Told, signal: AbortSignal): Promise<Attempt>;
  /** Whether what a report was refused for means that the work is to be done again when it is asked for. */
  isUndone(asked: A, error: TakeoutSdkError): boolean;
  /** A report was refused for good, or repeated for too long. */
  onGivenUp(asked: A, error: TakeoutSdkError): void;
}

/** Work that survives the process. */
export interface Engine<A extends AskedWork> {
  /** Resolves when the work is safe. */
  accept(asked: readonly A[]): Promise<void>;
  isOpen(users: readonly string[]): Promise<boolean>;
  start(): Promise<WorkRunner>;
}

export interface EngineOptions<A extends AskedWork> {
  store: WorkStore;
  /** The service: others may keep their work in the same store. */
  owner: string;
  kind: WorkKind<A>;
  policy: RetryPolicy;
  clock: Clock;
  onError: (error: unknown) => void;
}

// Work that so many processes die of would bring them all down, one after the other.
const mostLost = 20;

/**
 * Runs each piece of work until it has an end, and reports the end until the hub has it.
 * Source: contract sections 6 and 7.
 */
export function createEngine<A extends AskedWork>(options: EngineOptions<A>): Engine<A> {
  const { store, owner, kind, policy, clock } = options;
  const namesOf = (users: readonly string[]) => users.map((user) => `${owner} ${user}`);

  /** Replaces the record of one key, and gives what it was replaced by; undefined if it was left. */
  async function replace(
    key: string,
    change: (record: WorkRecord<A>) => WorkRecord<A> | undefined,
    wakeInMs?: number | null,
  ): Promise<WorkRecord<A> | undefined> {
    let after: WorkRecord<A> | undefined;
    await store.change([key], (_, before) => {
      after = before && change(recordOf(before));
      return after && toChange(after, wakeInMs);
    });
    return after;
  }

  function toChange(record: WorkRecord<A>, wakeInMs?: number | null): WorkChange {
    return {
      body: record as unknown as WorkBody,
      users: record.state === "settled" ? [] : namesOf(kind.usersOf(record.asked)),
      lane: record.state === "due" ? "run" : "report",
      ...(wakeInMs === undefined ? {} : { wakeInMs }),
    };
  }

  async function accept(asked: readonly A[]): Promise<void> {
    const byKey = new Map(asked.map((one) => [ownKey(owner, kind.keyOf(one)), one]));
    await store.change([...byKey.keys()], (key, before) => {
      const last = before && (recordOf(before) as WorkRecord<A>);
      const record = ask(last, byKey.get(key) as A, clock.now());
      return last?.state === "due" ? toChange(record) : toChange(record, 0);
    });
  }

  async function perform(key: string, signal: AbortSignal): Promise<void> {
    const of = ownerOf(key);
    if (of === undefined) return adopt(key);
    if (of !== owner) throw new Error("the work is another service's: the store must heed `owner`");
    for (;;) {
      const record = await take(key);
      if (!record || record.state === "settled") return;
      const goesOn =
        record.state === "due" ? runOnce(key, record, signal) : send(key, record, signal);
      if (!(await goesOn)) return;
    }
  }

  /**
   * Takes over what an earlier version left under a key without a service: from its beginning, because what came of
   * it may be what another service in the same table did.
   */
  async function adopt(key: string): Promise<void> {
    let open: A | undefined;
    await store.change([key], (_, before) => {
      const record = before && (recordOf(before) as WorkRecord<A>);
      open = record && record.state !== "settled" ? record.asked : undefined;
      return undefined;
    });
    if (open) await accept([open]);
    await replace(key, ({ asks, runs, lost }) => ({ asks, runs, lost, state: "settled" }), null);
  }

  /** The record as it is now; one that is due has begun. */
  async function take(key: string): Promise<WorkRecord<A> | undefined> {
    let found: WorkRecord<A> | undefined;
    await store.change([key], (_, before) => {
      const record = before && (recordOf(before) as WorkRecord<A>);
      found = record?.state === "due" ? begin(record) : record;
      return found?.state === "due" ? toChange(found) : undefined;
    });
    return found;
  }

  async function runOnce(
    key: string,
    record: WorkRecord<A> & { state: "due" },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { asked: newest, before, runs, lost, progress } = record;
    const asked = { ...newest, ...(before && { before }) };
    let unnoted: { error: unknown } | undefined;
    const run = {
      signal,
      resumed: progress,
      advance: (to: Progress) =>
        note(key, runs, to, signal).catch((error: unknown) => {
          unnoted = { error };
          throw error;
        }),
    };
    try {
      const told = lost > mostLost ? kind.lost(asked) : await kind.run(asked, run);
      // It was the store that failed: the work goes on from there, and the hub hears of no failure.
      if (unnoted && !isDone(told)) throw unnoted.error;
      const over = told ? undefined : null;
      const after = await replace(key, (now) => finish(now, runs, told, clock.now()), over);
      return after?.state === "unreported";
    } catch (reason) {
      if (signal.aborted || unnoted) await replace(key, (now) => breakOff(now, runs), 0);
      throw reason;
    }
  }

  async function note(key: string, run: number, progress: Progress, signal: AbortSignal) {
    signal.throwIfAborted();
    const after = await replace(key, (now) => advance(now, run, progress));
    if (!after) throw new Error("the work was taken over by another process");
  }

  async function send(
    key: string,
    record: WorkRecord<A> & { state: "unreported" },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { asked, told, asks, failures, sinceMs } = record;
    const attempt = await kind.report(asked, told, signal);
    const waitMs =
      attempt.kind === "failed"
        ? pauseBefore({ failures, sinceMs: clock.now() - sinceMs }, attempt, policy)
        : undefined;
    const givenUp = attempt.kind === "failed" && waitMs === undefined ? attempt.error : undefined;
    if (givenUp) kind.onGivenUp(asked, givenUp);
    const isUndone = givenUp !== undefined && kind.isUndone(asked, givenUp);
    const after =
      waitMs === undefined
        ? await replace(key, (now) => settle(now, asks, isUndone), null)
        : await replace(key, (now) => postpone(now, asks), waitMs);
    // Asked for again meanwhile: there is more to do at once.
    return after === undefined;
  }

  return {
    accept,
    isOpen: (users) => store.isOpen(namesOf(users)),
    start: () => store.start(perform, options.onError, owner),
  };
}

function recordOf<A>(body: WorkBody): WorkRecord<A> {
  return body as unknown as WorkRecord<A>;
}
