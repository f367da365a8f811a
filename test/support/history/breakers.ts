import { callName, type IndexedHistory } from "./indexed.ts";
import { type History, nameOf } from "./rows.ts";

/** While a service's breaker was open; `to` is infinite when it stayed so. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** How long after an opening every process knows of it: they learn of it by asking. */
const knownAfterMs = 1_000;
/** What is written when a breaker closes may have read the ledger before, and bear a moment after, and the reverse. */
const writtenWithinMs = 50;

/** The windows of each service, in order. */
export function findWindows({ serviceEvents }: Pick<History, "serviceEvents">) {
  const windows = new Map<string, Window[]>();
  for (const { service, event, at } of serviceEvents) {
    const own = windows.get(service) ?? [];
    windows.set(service, own);
    const last = own.at(-1);
    const isOpen = last?.to === Number.POSITIVE_INFINITY;
    if (event === "breaker_opened" && !isOpen) own.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (event === "breaker_closed" && isOpen) own.splice(-1, 1, { from: last.from, to: at });
  }
  return windows;
}

/** Whether every process must have known at that moment that it is open, and it stayed so until another. */
export function isCertainlyIn(
  windows: readonly Window[] | undefined,
  at: number,
  until?: number,
): boolean {
  return (
    windows?.some(
      ({ from, to }) =>
        at >= from + knownAfterMs &&
        at < to &&
        (until === undefined || until + writtenWithinMs < to),
    ) ?? false
  );
}

/** What services were called while their breaker was open. */
export interface Probes {
  readonly calls: number;
  /** The most that were under way to one service at once. */
  readonly atOnce: number;
}

/**
 * Counts calls claimed behind open breakers. Each lasts until it was answered, its outcome was recorded, or its
 * time ran out.
 */
export function countProbes(history: IndexedHistory): Probes {
  const windows = findWindows(history);
  const claims = history.events.filter(
    ({ event, service, at }) => event === "claimed" && isCertainlyIn(windows.get(service), at),
  );
  const calls = new Map(
    claims.map((claim) => [callName(claim.deletion_id, claim.service, claim.attempt), claim]),
  );
  const probes = [...calls].map(([name, claim]) => {
    const timeoutMs = history.registry.findService(claim.service)?.timeout.deleteMs ?? 0;
    const recorded = history.eventsOf.get(nameOf(claim))?.find(({ seq }) => seq > claim.seq);
    const answeredAt = history.callsOf.get(name)?.[0]?.answeredAt;
    const ends = [claim.at + timeoutMs, recorded?.at, answeredAt].filter((at) => at != null);
    return { service: claim.service, from: claim.at, to: Math.min(...ends) };
  });
  const crowds = [...Map.groupBy(probes, ({ service }) => service).values()].map(findCrowd);
  return { calls: probes.length, atOnce: Math.max(0, ...crowds) };
}

/** How many of these spans lie over one another at most. */
export function findCrowd(
  spans: readonly { readonly from: number; readonly to: number }[],
): number {
  const steps = spans.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  steps.sort((one, other) => one.at - other.at || one.by - other.by);
  let [under, most] = [0, 0];
  for (const { by } of steps) {
    under += by;
    most = Math.max(most, under);
  }
  return most;
}
