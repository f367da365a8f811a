import type { PublicJwk } from "../../config/jwk.ts";
import type { HttpLogFields } from "../context.ts";
import { importKeys, type TicketKey, type TicketKeys } from "./client-keys.ts";
import { type Clock, systemClock } from "./clock.ts";

/** Reads the key set at a URL, once and within the limits of contract 3. It never throws. */
export type ReadKeys = (url: string, signal: AbortSignal) => Promise<PublishedSet | NotRead>;

interface PublishedSet {
  readonly kind: "keys";
  readonly keys: readonly PublicJwk[];
  /** How many keys were refused because their private part is in the set. */
  readonly disclosed: number;
  /** How many cannot check tickets. */
  readonly unusable: number;
}

interface NotRead {
  readonly kind: "not_read";
  readonly reason: string;
}

export interface KeysLog {
  info(fields: HttpLogFields, message: string): void;
  warn(fields: HttpLogFields, message: string): void;
  error(fields: HttpLogFields, message: string): void;
}

export interface RemoteKeysOptions {
  /** Whose keys they are. */
  readonly client: string;
  readonly url: string;
  readonly readKeys: ReadKeys;
  readonly log: KeysLog;
  readonly clock?: Clock;
}

// Source: contract, section 3. Without a set at hand, waiting 30 s would keep a client out for as long after its
// keys are there.
const rereadAfterMs = 10 * 60_000;
const rereadAtMostEveryMs = 30_000;
const firstReadAtMostEveryMs = 1_000;
const lastGoodServesMs = 24 * 60 * 60_000;

/**
 * The keys of one client, read from its URL: now, every 10 minutes whoever calls, and when a key is wanted that
 * is not known. Whoever wants a known key never waits. Ends when disposed of.
 */
export function createRemoteKeys(options: RemoteKeysOptions): TicketKeys & Disposable {
  const { client, url, readKeys, log, clock = systemClock } = options;
  const ending = new AbortController();
  const report = createReport(client, log);
  let good: { keys: ReadonlyMap<string, TicketKey>; readAt: number } | undefined;
  let failures = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let callOff = () => {};

  const usable = () =>
    good && clock.now() - good.readAt < lastGoodServesMs ? good.keys : undefined;

  async function read(): Promise<void> {
    const readAt = clock.now();
    triedAt = readAt;
    const set = await readKeys(url, ending.signal);
    if (ending.signal.aborted) return;
    failures = set.kind === "keys" ? 0 : failures + 1;
    if (set.kind === "keys") good = { keys: importKeys(set.keys, good?.keys), readAt };
    report(set, usable() !== undefined);
  }

  function readNow(): void {
    callOff();
    reading = read().finally(() => {
      reading = undefined;
      if (!ending.signal.aborted) callOff = clock.after(pauseMs(), readNow);
    });
  }

  function pauseMs(): number {
    const pause = usable()
      ? rereadAtMostEveryMs
      : Math.min(firstReadAtMostEveryMs * 2 ** (failures - 1), rereadAtMostEveryMs);
    const dueAt = triedAt + (failures === 0 ? rereadAfterMs : pause);
    return Math.max(0, dueAt - clock.now());
  }

  readNow();
  return {
    areThere: () => usable() !== undefined,
    find: (kid) => usable()?.get(kid),
    async renew() {
      const pause = usable() ? rereadAtMostEveryMs : firstReadAtMostEveryMs;
      const isDue = !reading && !ending.signal.aborted && clock.now() - triedAt >= pause;
      if (isDue) readNow();
      await reading;
      return usable() !== undefined;
    },
    [Symbol.dispose]() {
      ending.abort();
      callOff();
    },
  };
}

/** Says what changed and not each time; neither the URL nor anything of a key, only whose they are. */
function createReport(
  client: string,
  log: KeysLog,
): (set: PublishedSet | NotRead, hasKeys: boolean) => void {
  let said = "";
  let isFailing = false;
  return (set, hasKeys) => {
    const isRecovery = isFailing && set.kind === "keys";
    isFailing = set.kind === "not_read";
    const news =
      set.kind === "keys"
        ? [set.disclosed, set.unusable, set.keys.length === 0].join()
        : [set.reason, hasKeys].join();
    if (news === said) return;
    said = news;
    if (set.kind === "keys") sayRead(set, client, log, isRecovery);
    else sayNotRead(set, client, log, hasKeys);
  };
}

function sayNotRead({ reason }: NotRead, client: string, log: KeysLog, hasKeys: boolean): void {
  const consequence = hasKeys
    ? "those read last go on serving"
    : "its tickets cannot be checked until they can";
  log.warn({ client, reason }, `the keys of a client cannot be read: ${consequence}`);
}

function sayRead(set: PublishedSet, client: string, log: KeysLog, isRecovery: boolean): void {
  if (isRecovery) log.info({ client, count: set.keys.length }, "the keys of a client are read");
  if (set.disclosed > 0) {
    log.error(
      { client, count: set.disclosed, reason: "private_key" },
      "a key set bears the private part of a key: it is refused, and its owner must replace the key",
    );
  }
  if (set.unusable > 0) {
    log.warn(
      { client, count: set.unusable, reason: "unusable_key" },
      "keys of a set are left out: of another kind, for another use, or with a kid that stands twice",
    );
  }
  if (set.keys.length === 0) {
    log.warn({ client, reason: "no_key" }, "a key set has no key for tickets: none is accepted");
  }
}
